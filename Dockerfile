# The image of vmcp: built on Debian 12 by the same script as everywhere, then only the program and what it loads at run
# time, on an empty base. There is no shell and no package manager in it, and it does not run as root.
#
#   docker build -t vmcp .
#   docker run --user "$(id -u):$(id -g)" -p 4483:4483 -v "$PWD/config.yaml:/etc/vmcp/config.yaml:ro" vmcp

FROM debian:bookworm-slim AS build
WORKDIR /source
# The packages are a layer of their own, so that a changed source file does not install them again.
COPY dev ./
COPY tests/dev_lint.sh tests/dev_tests.sh tests/dev_package.sh tests/
COPY packaging packaging
RUN ./dev setup
COPY . .
RUN cmake --preset release -DVMCP_BUILD_TESTS=OFF -DVMCP_BUILD_BENCH=OFF \
    && cmake --build build/release --target vmcp \
    && llvm-strip-19 build/release/vmcp
# What is in the image is written there; `./dev package` makes the same image without a container engine.
RUN packaging/image_root.sh build/release/vmcp /image \
    && chroot --userspec=65532:65532 /image /usr/bin/vmcp version

FROM scratch
COPY --from=build /image/ /
# By number, so that an orchestrator can check that it is not root.
USER 65532:65532
ENV PATH=/usr/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
EXPOSE 4483
# SIGTERM drains: running calls finish, new connections are refused.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["/usr/bin/vmcp", "healthcheck"]
ENTRYPOINT ["/usr/bin/vmcp"]
CMD ["serve", "--config", "/etc/vmcp/config.yaml", "--host", "0.0.0.0", "--port", "4483"]
