# The wheel is built in one stage, so that the image carries neither node nor a compiler.
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN pip install --no-cache-dir --require-hashes --only-binary :all: \
      -r requirements/build.txt -r requirements/node.txt \
    && pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels .

FROM python:3.11-slim
# rasterio's wheel links the system's expat, which the slim image leaves out. Its version is not
# pinned: the distribution keeps only the newest, with what was mended in it.
# Some builders would leave the working folder to root, where the user could not write.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends libexpat1 \
    && rm -rf /var/lib/apt/lists/* && useradd --create-home --uid 10001 cetm \
    && install --directory --owner=10001 --group=10001 /data
COPY requirements/run.txt /tmp/run.txt
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r /tmp/run.txt
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-deps /wheels/*.whl && rm -rf /wheels
# By its number, so that a host can tell without the image's names that it is not root.
USER 10001
WORKDIR /data
ENV CETM_STORE=/data/store
VOLUME /data
EXPOSE 8050
# Nothing is written but below /data and /tmp, so that the root file system may be read-only.
ENV PYTHONDONTWRITEBYTECODE=1
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s CMD ["python", "-c", \
  "import urllib.request as r; r.urlopen('http://127.0.0.1:8050/healthz', timeout=8)"]
# Not a loopback address: layers that their licences keep on one machine are withheld.
CMD ["cetm-geo", "demo", "--host", "0.0.0.0"]
