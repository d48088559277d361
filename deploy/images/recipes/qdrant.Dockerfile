# Stands in for Qdrant's image in tests: the search of Qdrant's own Python client, with the address, keys and folders that
# deploy/compose.yaml gives the server. It scans all points and is never meant for a server.
ARG WORKER_IMAGE
FROM ${WORKER_IMAGE}
USER root
RUN mkdir --parents /qdrant/storage && chown 1000:1000 /qdrant/storage
COPY qdrant_standin.py /qdrant/qdrant
RUN chmod 0755 /qdrant/qdrant
USER 1000:1000
WORKDIR /qdrant
