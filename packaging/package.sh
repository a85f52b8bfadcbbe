# `./dev package`, sourced by dev: a Debian package, an archive and an OCI image layout in dist/, from one program. Everything
# that goes into them has the time SOURCE_DATE_EPOCH (without it: that of the last commit), user 0, a fixed order and no
# path of this machine, so that the same program gives the same bytes.

package_packages=(binutils cmake dpkg-dev)
package_folder=dist

# The version that CMakeLists.txt gives.
package_version() { sed -n 's/^project(vmcp VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt; }
package_architecture() { dpkg --print-architecture; }

# Sets SOURCE_DATE_EPOCH where it is not set.
set_source_date() {
    [[ -n "${SOURCE_DATE_EPOCH:-}" ]] || SOURCE_DATE_EPOCH="$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CMakeLists.txt)"
    export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C
}

# sorted_tar FOLDER [NAME...]: the folder as a tar on standard output.
sorted_tar() {
    local folder="$1"
    shift
    (($# > 0)) || set -- .
    tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=ustar \
        -C "$folder" -cf - -- "$@"
}

# The libraries of a program that are not part of glibc, as paths.
bundled_libraries() { # PROGRAM
    ldd "$1" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' |
        grep -vE '/(libc|libm|libpthread|libdl|librt|libresolv|ld-linux[^/]*)\.so[^/]*$' | sort -u
}

# The Debian packages of a program's libraries as a Depends field, from what those packages say of themselves.
library_dependencies() { # PROGRAM
    local program folder="$package_work/depends"
    program="$(realpath "$1")"
    mkdir -p "$folder/debian"
    printf 'Source: vmcp\n\nPackage: vmcp\nArchitecture: any\n' >"$folder/debian/control"
    (cd "$folder" && dpkg-shlibdeps -O -e "$program" 2>/dev/null) | sed 's/^shlibs:Depends=//'
}

# The files that come with the program: documents FOLDER
install_documents() {
    local folder="$1" file
    install -D -m 644 LICENSE "$folder/LICENSE"
    install -D -m 644 README.md "$folder/README.md"
    for file in examples/*.yaml docs/*.md docs/*.png; do install -D -m 644 "$file" "$folder/$file"; done
}

make_archive() { # PROGRAM NAME
    local program="$1" name="$2" library tree="$package_work/archive/$2"
    install -D -m 755 "$program" "$tree/bin/vmcp"
    mkdir -p "$tree/lib"
    bundled_libraries "$program" | while read -r library; do install -m 644 "$library" "$tree/lib/$(basename "$library")"; done
    install_documents "$tree"
    find "$package_work/archive" -type d -exec chmod 755 {} +
    sorted_tar "$package_work/archive" "$name" | gzip -n -9 >"$package_folder/$name.tar.gz"
}

make_deb() { # PROGRAM VERSION ARCHITECTURE
    local program="$1" version="$2" architecture="$3" tree="$package_work/deb"
    local documents="$tree/usr/share/doc/vmcp"
    install -D -m 755 "$program" "$tree/usr/bin/vmcp"
    cmake -DFILE="$tree/usr/bin/vmcp" -P packaging/remove_rpath.cmake
    install_documents "$documents"
    rm "$documents/LICENSE" # Debian has the text once
    cat >"$documents/copyright" <<'EOF'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: the vmcp authors
License: Apache-2.0
 On Debian systems the text of this license is in /usr/share/common-licenses/Apache-2.0.
EOF
    mkdir -p "$tree/DEBIAN"
    cat >"$tree/DEBIAN/control" <<EOF
Package: vmcp
Version: $version
Architecture: $architecture
Maintainer: the vmcp authors <vmcp@example.invalid>
Section: net
Priority: optional
Installed-Size: $(du -sk --apparent-size "$tree/usr" | cut -f 1)
Depends: $(library_dependencies "$program")
Recommends: ca-certificates
Description: virtual MCP server: one URL in front of many MCP servers
 Clients of the Model Context Protocol see one server; behind it stand many. vmcp
 merges their tools, resources and prompts, carries everything of the protocol
 both ways, and watches their health.
EOF
    (cd "$tree" && find usr -type f | sort | xargs md5sum >DEBIAN/md5sums)
    find "$tree" -type d -exec chmod 755 {} +
    chmod 644 "$documents/copyright" "$tree"/DEBIAN/*
    find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    # gzip: how xz cuts its blocks depends on the machine.
    dpkg-deb --build --root-owner-group -Zgzip -z9 "$tree" "$package_folder/vmcp_${version}_$architecture.deb" >/dev/null
}

# Stores standard input as a blob of the layout and sets blob_digest and blob_size.
add_blob() { # LAYOUT
    local blobs="$1/blobs/sha256" file
    file="$(mktemp "$package_work/blob.XXXXXX")"
    cat >"$file"
    blob_digest="$(sha256sum "$file" | cut -d ' ' -f 1)"
    blob_size="$(stat -c %s "$file")"
    install -D -m 644 "$file" "$blobs/$blob_digest"
    rm "$file"
}

# Adds one layer: its descriptor to `layers`, the digest of its tar to `diff_ids`.
add_layer() { # LAYOUT ROOT NAME...
    local layout="$1" root="$2" tar
    shift 2
    tar="$(mktemp "$package_work/layer.XXXXXX")"
    sorted_tar "$root" "$@" >"$tar"
    diff_ids+=("\"sha256:$(sha256sum "$tar" | cut -d ' ' -f 1)\"")
    add_blob "$layout" < <(gzip -n -9 <"$tar")
    layers+=("{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"sha256:$blob_digest\",\"size\":$blob_size}")
    rm "$tar"
}

joined() { local IFS=,; echo "$*"; }

# An image as the OCI image layout (image-spec 1.0), made without a container engine. What it is and how it runs is what
# Dockerfile says; a test compares the two.
make_image() { # PROGRAM VERSION ARCHITECTURE LAYOUT
    local program="$1" version="$2" architecture="$3" layout="$4" root="$package_work/root"
    local -a layers=() diff_ids=() parts
    local created config config_size manifest
    created="$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)"
    packaging/image_root.sh "$program" "$root"
    rm -rf "$layout"
    mkdir -p "$layout"
    # What changes with each build last: libraries and certificates are a layer of their own.
    mapfile -t parts < <(cd "$root" && find . -mindepth 1 -maxdepth 1 -not -name usr -printf '%P\n' | sort)
    add_layer "$layout" "$root" "${parts[@]}"
    add_layer "$layout" "$root" usr
    add_blob "$layout" <<EOF
{"architecture":"$architecture","os":"linux","created":"$created","config":{"User":"65532:65532","ExposedPorts":{"4483/tcp":{}},"Env":["PATH=/usr/bin","SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],"Entrypoint":["/usr/bin/vmcp"],"Cmd":["serve","--config","/etc/vmcp/config.yaml","--host","0.0.0.0","--port","4483"],"StopSignal":"SIGTERM","Healthcheck":{"Test":["CMD","/usr/bin/vmcp","healthcheck"],"Interval":10000000000,"Timeout":3000000000,"StartPeriod":5000000000,"Retries":3},"Labels":{"org.opencontainers.image.title":"vmcp","org.opencontainers.image.version":"$version","org.opencontainers.image.licenses":"Apache-2.0"}},"rootfs":{"type":"layers","diff_ids":[$(joined "${diff_ids[@]}")]},"history":[{"created":"$created","created_by":"libraries and certificates"},{"created":"$created","created_by":"vmcp $version"}]}
EOF
    config="$blob_digest" config_size="$blob_size"
    add_blob "$layout" <<EOF
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:$config","size":$config_size},"layers":[$(joined "${layers[@]}")]}
EOF
    manifest="$blob_digest"
    echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
    cat >"$layout/index.json" <<EOF
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:$manifest","size":$blob_size,"platform":{"architecture":"$architecture","os":"linux"},"annotations":{"org.opencontainers.image.ref.name":"$version"}}]}
EOF
    chmod 644 "$layout/oci-layout" "$layout/index.json"
    find "$layout" -type d -exec chmod 755 {} +
}

# package_program PROGRAM: all three from one program, in package_folder.
package_program() (
    set -e
    trap 'rm -rf "${package_work:-}"' EXIT
    local version architecture name program
    version="$(package_version)"
    architecture="$(package_architecture)"
    name="vmcp-$version-linux-$architecture"
    set_source_date
    package_work="$(mktemp -d)"
    mkdir -p "$package_folder"
    program="$package_work/vmcp"
    strip -o "$program" "$1" || die "cannot strip $1: is it a program?"
    say "packaging vmcp $version for $architecture"
    make_archive "$program" "$name"
    make_deb "$program" "$version" "$architecture"
    make_image "$program" "$version" "$architecture" "$package_folder/$name.oci"
    rm -rf "$package_work"
    cat <<EOF

   $package_folder/$name.tar.gz
        unpack it anywhere with glibc 2.36 or later, run bin/vmcp
   $package_folder/vmcp_${version}_$architecture.deb
        on Debian 12: apt install ./$package_folder/vmcp_${version}_$architecture.deb
   $package_folder/$name.oci/
        an image: tar -C $package_folder/$name.oci -c . | docker load
EOF
)

command_package() {
    local program="${VMCP_BINARY:-}"
    if [[ -z "$program" ]]; then
        build_preset release vmcp
        program=build/release/vmcp
    fi
    [[ -x "$program" ]] || die "VMCP_BINARY: $program is no program"
    need_packages "${package_packages[@]}"
    package_program "$program"
}
