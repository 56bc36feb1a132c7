# An environment with everything in it: docker build -t csto-analysis . && docker run -p 8888:8888 csto-analysis
FROM python:3.11-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends git make fonts-dejavu-core && rm -rf /var/lib/apt/lists/*
WORKDIR /csto-analysis
COPY . .
RUN make .venv/.ready
EXPOSE 8888
CMD [".venv/bin/jupyter", "lab", "--ip=0.0.0.0", "--allow-root", "--no-browser", "--notebook-dir=notebooks"]
