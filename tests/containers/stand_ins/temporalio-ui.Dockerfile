# Stands in for Temporal's Web UI: something that listens at its port.
ARG BASE
FROM ${BASE}
RUN mkdir /page && echo "Here would be Temporal's Web UI." > /page/index.html
USER 1000
STOPSIGNAL SIGKILL
CMD ["python", "-m", "http.server", "--directory", "/page", "8080"]
