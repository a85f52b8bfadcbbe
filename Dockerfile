# The image of vmcp: built on Debian 12 by the same script as everywhere, then only the program and what it loads at run
# time, on an empty base. There is no shell and no package manager in it, and it does not run as root.
#
#   docker build -t vmcp .
#   docker run --user "$(id -u):$(id -g)" -p 4483:4483 -v "$PWD/config.yaml:/etc/vmcp/config.yaml:ro" vmcp

FROM debian:bookworm-slim AS build
WORKDIR /source
# The packages are a layer of their own, so that a changed source file does not install them again.
COPY dev ./
COPY tests/dev_lint.sh tests/dev_tests.sh tests/
RUN ./dev setup
COPY . .
RUN cmake --preset release -DVMCP_BUILD_TESTS=OFF -DVMCP_BUILD_BENCH=OFF \
    && cmake --build build/release --target vmcp \
    && llvm-strip-19 build/release/vmcp

# The file system of the image: the program, the shared libraries that ldd names (with the dynamic loader, at the paths
# where it looks for them), the certificates of public authorities, and a user. Everything else of a static image
# would be OpenSSL and glibc built by hand, which would no longer get Debian's security updates.
# glibc resolves names with /etc/hosts, /etc/resolv.conf and DNS without any plug-in library.
RUN mkdir -p /image/usr/bin /image/etc/ssl/certs /image/etc/vmcp /image/tmp \
    && chmod 1777 /image/tmp \
    && cp build/release/vmcp /image/usr/bin/vmcp \
    && ldd build/release/vmcp | grep -o '/[^ ]*' | sort -u | xargs -I{} cp -L --parents {} /image \
    && cp -L /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
    && echo 'vmcp:x:65532:65532:vmcp:/tmp:/usr/bin/vmcp' > /image/etc/passwd \
    && echo 'vmcp:x:65532:' > /image/etc/group \
    && echo 'hosts: files dns' > /image/etc/nsswitch.conf \
    && cp LICENSE /image/LICENSE \
    && chroot --userspec=65532:65532 /image /usr/bin/vmcp version

FROM scratch
COPY --from=build /image/ /
# By number, so that an orchestrator can check that it is not root.
USER 65532:65532
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
EXPOSE 4483
# SIGTERM drains: running calls finish, new connections are refused.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["/usr/bin/vmcp", "healthcheck"]
ENTRYPOINT ["/usr/bin/vmcp"]
CMD ["serve", "--config", "/etc/vmcp/config.yaml", "--host", "0.0.0.0", "--port", "4483"]
