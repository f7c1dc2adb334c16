# Nodewise, any process of it: `serve` by default, else `worker`, `db backup FILE` and so on.
FROM python:3.11-slim AS built
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/nodewise
WORKDIR /build
COPY . .
RUN /opt/nodewise/bin/python -m pip install --constraint constraints.txt .

FROM python:3.11-slim
RUN useradd --uid 10001 --home-dir /opt/home --create-home nodewise \
    && install --directory --owner=nodewise /var/lib/nodewise
COPY --from=built /opt/nodewise /opt/nodewise
# Generic: what is compiled here has to fit the machine that it runs on.
ENV PATH=/opt/nodewise/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NUMBA_CPU_NAME=generic \
    NODEWISE_HOST=0.0.0.0 \
    NODEWISE_DATABASE_URL=sqlite:////var/lib/nodewise/nodewise.db
USER 10001
# The inner loops are compiled once, into the user's cache, so that a start takes seconds.
RUN ["python", "-c", "from api.orders import warming; from forecasting import kernels; warming.warm_up(); kernels.warm_up()"]
WORKDIR /var/lib/nodewise
VOLUME /var/lib/nodewise
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/ready', timeout=4)"]
# Exec form: the process gets SIGTERM itself, and ends in order.
ENTRYPOINT ["nodewise"]
CMD ["serve"]
