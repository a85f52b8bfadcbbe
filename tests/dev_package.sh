# The stage `package` of ./dev test, sourced by dev: what `./dev package` makes is the same twice, and each of it starts and
# serves in a tree of its own, also of a Debian 12 where nothing else is; and what `./dev run` does without building.
#
# That tree is made by debootstrap, with the packages that the Debian package depends on beside it, and kept as
# debian-12-*.tar in VMCP_DEBIAN_CACHE (~/.cache/vmcp), for two weeks.

# fresh FUNCTION [ARGS...]: runs a function of this script in a shell of its own, in which the first failing command is the
# end. (Stages run as a part of `||`, where bash lets all commands fail, in subshells too.)
fresh() {
    local script="$package_test/fresh.sh"
    {
        declare -f
        declare -p package_test package_folder package_packages
        printf 'node=%q\nset -euo pipefail\n' "${node:-}"
        printf '%q ' "$@"
    } >"$script"
    bash "$script"
}

# package_check NAME FUNCTION [ARGS...]: one test; the function's exit code is the verdict.
package_check() {
    local name="$1" log="$package_test/check.log"
    shift
    if fresh "$@" >"$log" 2>&1; then
        package_passed=$((package_passed + 1))
        printf '  ok    %s\n' "$name"
    else
        package_failed=$((package_failed + 1))
        failures+=("package: $name")
        printf '  FAIL  %s\n' "$name"
        tail -n 30 "$log" | sed 's/^/        /'
    fi
}

package_skip() { # NAME REASON
    package_skipped=$((package_skipped + 1))
    printf '  skip  %s: %s\n' "$1" "$2"
}

# The same of what a green run is taken to have proved.
package_skip_loudly() { # REASON NAME...
    local reason="$1" name
    shift
    printf '\n  ******** NOT TESTED: %s\n' "$reason"
    for name in "$@"; do package_skip "$name" "$reason"; done
    printf '\n'
}

# Waits until a file has content, and prints it.
content_of() { # FILE
    local end=$((SECONDS + 20))
    until [[ -s "$1" ]]; do
        ((SECONDS < end)) || { echo "nothing in $1" >&2; return 1; }
        sleep 0.05
    done
    cat "$1"
}

# Both demo backends and vmcp itself, all run by COMMAND; a tool is called through them. INSIDE is a folder as the program
# sees it, OUTSIDE the same folder as seen from here.
serves() { # INSIDE OUTSIDE COMMAND...
    local inside="$1" outside="$2" port code=1
    shift 2
    local -a pids=()
    mkdir -p "$outside"
    chmod 1777 "$outside"
    install -m 644 examples/quickstart.yaml "$outside/config.yaml"
    "$@" version || return 1
    "$@" demo-backend --name weather --port 0 --port-file "$inside/weather.port" &
    pids+=($!)
    "$@" demo-backend --name notes --port 0 --port-file "$inside/notes.port" &
    pids+=($!)
    VMCP_DEMO_WEATHER_PORT="$(content_of "$outside/weather.port")" || return 1
    VMCP_DEMO_NOTES_PORT="$(content_of "$outside/notes.port")" || return 1
    export VMCP_DEMO_WEATHER_PORT VMCP_DEMO_NOTES_PORT VMCP_ADMIN_PORT=0
    "$@" serve "$inside/config.yaml" --port 0 --port-file "$inside/vmcp.port" &
    pids+=($!)
    port="$(content_of "$outside/vmcp.port")" || return 1
    local try
    for try in {1..100}; do
        if "$@" call weather_get_forecast '{"city":"Bern"}' --url "http://127.0.0.1:$port/mcp" | grep -q '^Forecast for Bern'; then
            "$@" healthcheck --port "$port" && code=0
            break
        fi
        sleep 0.1
    done
    kill "${pids[@]}"
    wait "${pids[@]}" || true
    return "$code"
}

same_bytes_twice() {
    (cd "$package_test/one" && find . -type f | sort | xargs sha256sum) >"$package_test/one.sums"
    (cd "$package_test/two" && find . -type f | sort | xargs sha256sum) >"$package_test/two.sums"
    cat "$package_test/one.sums"
    diff "$package_test/one.sums" "$package_test/two.sums"
    (($(wc -l <"$package_test/one.sums") > 5))
}

no_host_paths() {
    local file found=0
    for file in "$package_test"/archive/*/bin/vmcp "$package_test"/archive/*/README.md; do
        if grep -aFq -e "$PWD/" -e "${HOME:-/nonexistent}/" "$file"; then
            echo "$file holds a path of this machine"
            found=1
        fi
    done
    tar -tvzf "$package_test"/one/*.tar.gz | awk '$2 != "0/0" { print; bad = 1 } END { exit bad }' || found=1
    return "$found"
}

# Each library that is no part of glibc is the one of the archive, wherever the system may have one too.
archive_brings_its_libraries() {
    local tree
    tree="$(echo "$package_test"/archive/*)"
    ldd "$tree/bin/vmcp"
    [[ -z "$(ldd "$tree/bin/vmcp" | grep 'not found')" ]]
    [[ -z "$(bundled_libraries "$tree/bin/vmcp" | grep -vF "$tree/")" ]]
    (($(bundled_libraries "$tree/bin/vmcp" | wc -l) >= 5))
}

# A root with nothing but glibc and the unpacked archive.
bare_root() { # ROOT
    local root="$1" library
    mkdir -p "$root/opt" "$root/srv/test" "$root/tmp"
    ldd "$package_test"/archive/*/bin/vmcp | grep -o '/[^ ]*' | grep -vF "$package_test" | sort -u | while read -r library; do
        install -D -m 755 "$library" "$root$library"
    done
    cp -r "$package_test"/archive/* "$root/opt/"
}

# ---- a bare Debian 12

debian_parts() { dpkg-deb --field "$(echo "$package_test"/one/*.deb)" Depends; }

# The tar of the tree for this Debian package, which may not be there yet.
debian_tar() {
    echo "${VMCP_DEBIAN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vmcp}/debian-12-$(dpkg --print-architecture)-$(debian_parts | sha256sum | cut -c 1-12).tar"
}

# Makes that tar, where there is none of this fortnight.
make_debian_tree() {
    local file root="$package_test/new-debian"
    file="$(debian_tar)"
    [[ -z "$(find "$file" -mtime -14 2>/dev/null)" ]] || return 0
    mkdir -p "$(dirname "$file")"
    timeout 400 debootstrap --variant=minbase bookworm "$root"
    # What it depends on is fetched and not installed: the archive has to do without.
    local -a parts
    mapfile -t parts < <(debian_parts | tr ',' '\n' | sed 's/(.*//; s/ //g')
    rm -f "$root"/var/cache/apt/archives/*.deb
    timeout 200 chroot "$root" apt-get update -qq
    timeout 200 chroot "$root" apt-get install -qq --yes --no-install-recommends --download-only "${parts[@]}"
    rm -f "$(dirname "$file")/debian-12-$(dpkg --print-architecture)"-*.tar
    tar --one-file-system -C "$root" -cf "$file.new" .
    mv "$file.new" "$file"
    rm -rf "$root"
}

debian_is_bare() {
    local root="$package_test/debian" package
    mkdir -p "$root"
    tar -C "$root" -xpf "$(debian_tar)"
    grep -q '^VERSION_ID="12"' "$root/etc/os-release"
    for package in libssl3 libyaml-cpp0.7 libspdlog1.10; do
        [[ -z "$(chroot "$root" dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep '^ii')" ]]
    done
    mkdir -p "$root/opt" "$root/srv/test"
    tar -C "$root/opt" -xzf "$package_test"/one/*.tar.gz
}

# With what it depends on, and without a network.
debian_installs_the_package() {
    local root="$package_test/debian"
    cp "$package_test"/one/*.deb "$root/srv/test/vmcp.deb"
    ! chroot "$root" dpkg --install /srv/test/vmcp.deb # something is missing
    chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends --no-download --fix-broken
    chroot "$root" dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' vmcp | grep "^ii .* $(package_version)$"
    [[ -z "$(chroot "$root" dpkg --audit)" ]]
    [[ -z "$(chroot "$root" dpkg --verify vmcp)" ]]
}

debian_lets_go_of_the_package() {
    local root="$package_test/debian"
    [[ -x "$root/usr/bin/vmcp" ]]
    chroot "$root" dpkg --purge vmcp
    [[ ! -e "$root/usr/bin/vmcp" && ! -e "$root/usr/share/doc/vmcp" ]]
}

check_in_bare_debian() { # PROGRAM, below /opt
    local inside="$1" problem=''
    local -a names=('a Debian 12 with nothing else' 'the archive serves in it within seconds'
        'it takes the Debian package and what that depends on' 'the Debian package serves in it' 'it lets go of the package')
    if ((EUID != 0)) || ! chroot / true 2>/dev/null; then
        problem='chroot needs root'
    elif ! command -v debootstrap >/dev/null && [[ -n "${VMCP_NO_PACKAGES:-}" ]]; then
        problem='there is no debootstrap, and VMCP_NO_PACKAGES is set'
    elif ! command -v debootstrap >/dev/null && ! apt-get install -qq --yes debootstrap >"$package_test/debootstrap.log" 2>&1; then
        problem='there is no debootstrap, and apt-get has none'
    elif ! fresh make_debian_tree >"$package_test/debootstrap.log" 2>&1; then
        tail -n 10 "$package_test/debootstrap.log" | sed 's/^/        /'
        problem='debootstrap made no tree: is a mirror of Debian within reach?'
    fi
    if [[ -n "$problem" ]]; then
        package_skip_loudly "$problem" "${names[@]}"
        return 0
    fi
    package_check "${names[0]}" debian_is_bare
    local began="$SECONDS"
    # LD_ORIGIN_PATH: without /proc the loader cannot know where the program is.
    package_check "${names[1]}" serves /srv/test/a "$package_test/debian/srv/test/a" \
        env LD_ORIGIN_PATH="$inside" chroot "$package_test/debian" "$inside/vmcp"
    ((SECONDS - began <= 20)) || package_check 'that takes seconds' false
    package_check "${names[2]}" debian_installs_the_package
    package_check "${names[3]}" serves /srv/test/d "$package_test/debian/srv/test/d" chroot "$package_test/debian" /usr/bin/vmcp
    package_check "${names[4]}" debian_lets_go_of_the_package
}

deb_is_whole() {
    local deb package
    deb="$(echo "$package_test"/one/*.deb)"
    dpkg-deb --info "$deb"
    dpkg-deb --contents "$deb"
    [[ "$(dpkg-deb --field "$deb" Version)" == "$(package_version)" ]]
    # What it depends on is what is installed here, where the program runs.
    dpkg-deb --field "$deb" Depends | tr ',' '\n' | sed 's/(.*//; s/ //g' >"$package_test/depends"
    (($(wc -l <"$package_test/depends") >= 6))
    while read -r package; do dpkg-query -W "$package"; done <"$package_test/depends"
    grep -q '^libssl3$' "$package_test/depends"
    (cd "$package_test/deb" && dpkg-deb --ctrl-tarfile "$deb" | tar -xOf - ./md5sums | md5sum --check --quiet)
}

# The layout is what image-spec asks for: each blob is named by its digest, diff_ids are those of the layers.
image_is_sound() {
    local layout="$package_test/image" blob digest manifest config
    grep -q '"imageLayoutVersion":"1.0.0"' "$layout/oci-layout"
    for blob in "$layout"/blobs/sha256/*; do
        [[ "$(sha256sum <"$blob" | cut -d ' ' -f 1)" == "$(basename "$blob")" ]]
    done
    manifest="$layout/blobs/sha256/$(grep -o 'sha256:[0-9a-f]*' "$layout/index.json" | cut -d : -f 2)"
    [[ "$(grep -o '"size":[0-9]*' "$layout/index.json")" == "\"size\":$(stat -c %s "$manifest")" ]]
    config="$layout/blobs/sha256/$(grep -o 'sha256:[0-9a-f]*' "$manifest" | head -n 1 | cut -d : -f 2)"
    mapfile -t layers < <(grep -o 'sha256:[0-9a-f]*' "$manifest" | tail -n +2 | cut -d : -f 2)
    ((${#layers[@]} == 2))
    [[ "$(grep -o 'sha256:[0-9a-f]*' "$config" | cut -d : -f 2)" == \
        "$(for digest in "${layers[@]}"; do gzip -dc "$layout/blobs/sha256/$digest" | sha256sum | cut -d ' ' -f 1; done)" ]]
    # Whatever reads JSON can read these.
    [[ -z "${node:-}" ]] || "$node" -e 'for (const f of process.argv.slice(1)) JSON.parse(require("fs").readFileSync(f))' \
        "$layout/index.json" "$layout/oci-layout" "$manifest" "$config"
    echo "$config" >"$package_test/config-path"
    mkdir -p "$package_test/root"
    for digest in "${layers[@]}"; do tar -C "$package_test/root" -xzf "$layout/blobs/sha256/$digest"; done
}

# One instruction of Dockerfile, joined and without its name.
dockerfile_value() { sed -n "s/^$1 //p" Dockerfile | tail -n 1; }
seconds_of() { echo "$(dockerfile_value HEALTHCHECK | sed "s/.*--$1=\([0-9]*\)s.*/\1/")000000000"; }

image_is_what_dockerfile_says() {
    local config part
    config="$(cat "$(cat "$package_test/config-path")")"
    echo "$config"
    local -a wanted=(
        "\"Entrypoint\":$(dockerfile_value ENTRYPOINT)"
        "\"Cmd\":$(dockerfile_value CMD | sed 's/", "/","/g')"
        "\"User\":\"$(dockerfile_value USER)\""
        "\"StopSignal\":\"$(dockerfile_value STOPSIGNAL)\""
        "\"ExposedPorts\":{\"$(dockerfile_value EXPOSE)/tcp\":{}}"
        "\"Env\":[\"$(dockerfile_value ENV | sed 's/ /","/g')\"]"
        "\"Test\":[\"CMD\",$(dockerfile_value HEALTHCHECK | sed 's/.*CMD \[\(.*\)\]/\1/; s/", "/","/g')]"
        "\"Interval\":$(seconds_of interval),\"Timeout\":$(seconds_of timeout),\"StartPeriod\":$(seconds_of start-period)"
    )
    for part in "${wanted[@]}"; do
        [[ "$config" == *"$part"* ]] || { echo "not in it: $part"; return 1; }
    done
    grep -q 'packaging/image_root.sh build/release/vmcp /image' Dockerfile
}

image_root_is_bare() {
    local root="$package_test/root"
    grep -q '^vmcp:x:65532:65532:' "$root/etc/passwd"
    grep -q 'BEGIN CERTIFICATE' "$root/etc/ssl/certs/ca-certificates.crt"
    [[ ! -e "$root/bin/sh" && ! -e "$root/usr/bin/sh" && "$(ls "$root/usr/bin")" == vmcp ]]
    # Nothing in it belongs to anybody or may be written, but /tmp.
    [[ "$(stat -c %a "$root/tmp")" == 1777 ]]
    [[ -z "$(find "$root" -path "$root/tmp" -prune -o -perm /022 -not -type l -print)" ]]
}

# ---- ./dev run without a build, in a copy of the sources

copy_of_sources() { # FOLDER
    mkdir -p "$1/dist"
    git ls-files -z dev examples packaging 'tests/dev_*.sh' CMakeLists.txt LICENSE README.md |
        tar --null -T - -cf - | tar -C "$1" -xf -
}

run_takes_the_archive() {
    local copy="$package_test/copy" log="$package_test/run.log" pid port end
    copy_of_sources "$copy"
    cp "$package_test"/one/*.tar.gz "$copy/dist/"
    (cd "$copy" && exec env -u VMCP_BINARY VMCP_DEMO_PORTS=0,0 VMCP_ADMIN_PORT=0 ./dev run --port 0) >"$log" 2>&1 &
    pid=$!
    end=$((SECONDS + 30))
    until grep -q 'MCP endpoint' "$log"; do
        kill -0 "$pid" 2>/dev/null && ((SECONDS < end)) || { cat "$log"; return 1; }
        sleep 0.1
    done
    port="$(sed -n 's/.*MCP endpoint *http:\/\/127.0.0.1:\([0-9]*\)\/mcp.*/\1/p' "$log")"
    local code=0
    cat "$log"
    ((port > 0 && port != 4483)) || code=1
    grep -q "taking the program of dist/vmcp-" "$log" || code=1
    ! grep -qE 'building|installing' "$log" || code=1
    grep -q "inspect tools --url http://127.0.0.1:$port/mcp" "$log" || code=1
    local program
    program="$copy/$(sed -n 's/.*look at it *\([^ ]*\) inspect.*/\1/p' "$log")"
    "$program" inspect --url "http://127.0.0.1:$port/mcp" >/dev/null || code=1
    kill -TERM "$pid"
    wait "$pid" || true
    ! "$program" healthcheck --port "$port" || code=1 # all three have ended
    return "$code"
}

run_takes_the_named_program() {
    local copy="$package_test/copy2" log="$package_test/run2.log"
    copy_of_sources "$copy"
    (cd "$copy" && ! VMCP_BINARY=./none ./dev run) >"$log" 2>&1
    grep -q 'VMCP_BINARY: ./none is no program' "$log"
    (cd "$copy" && ! VMCP_BINARY=/bin/false VMCP_DEMO_PORTS=0,0 ./dev run) >"$log" 2>&1
    grep -q "the demo backend 'weather' on port 0 (VMCP_DEMO_PORTS chooses) did not start" "$log"
    (cd "$copy" && ! VMCP_BINARY=/bin/false VMCP_DEMO_PORTS=x ./dev run) >"$log" 2>&1
    grep -q "VMCP_DEMO_PORTS: 'x' is not two ports" "$log"
}

other_distributions_are_told_what_to_do() {
    local copy="$package_test/copy3" log="$package_test/run3.log" release
    copy_of_sources "$copy"
    mkdir -p "$copy/fake"
    printf '#!/bin/sh\nexit 1\n' >"$copy/fake/dpkg-query"
    chmod 755 "$copy/fake/dpkg-query"
    for release in 'ID=fedora\nVERSION_ID=42\nPRETTY_NAME="Fedora Linux 42"' 'ID=debian\nVERSION_ID=13\nPRETTY_NAME="Debian 13"'; do
        printf "$release\n" >"$copy/os-release"
        (cd "$copy" && ! PATH="$copy/fake:$PATH" VMCP_OS_RELEASE="$copy/os-release" ./dev setup) >"$log" 2>&1
        cat "$log"
        grep -qE 'this is (Fedora Linux 42|Debian 13), and ./dev installs what it needs on Debian 12 only' "$log"
        grep -q 'debian:12 ./dev setup' "$log" # what was asked for
        grep -q 'docker build' "$log"
        grep -q 'VMCP_BINARY' "$log"
        [[ -z "$(grep 'apt-get' "$log")" ]]
    done
}

stage_package() {
    need_packages "${test_packages[@]}"
    build_for package || return 0
    need_packages "${package_packages[@]}"
    say "package: the Debian package, the archive and the image, made twice and started"
    package_test="$PWD/build/test-package"
    rm -rf "$package_test"
    mkdir -p "$package_test"
    local package_passed=0 package_failed=0 package_skipped=0 package_folder turn
    for turn in one two; do
        package_folder="$package_test/$turn"
        fresh package_program build/release/vmcp >"$package_test/$turn.log" 2>&1 || {
            echo 'package: ./dev package failed'
            tail -n 30 "$package_test/$turn.log"
            failures+=("package: ./dev package")
            count package 0 1 0
            return 0
        }
    done
    mkdir -p "$package_test/archive" "$package_test/deb"
    tar -C "$package_test/archive" -xzf "$package_test"/one/*.tar.gz
    dpkg-deb -x "$package_test"/one/*.deb "$package_test/deb"
    mv "$package_test"/one/*.oci "$package_test/image.kept"
    cp -r "$package_test/image.kept" "$package_test/image"
    mv "$package_test/image.kept" "$package_test/one/$(basename "$(echo "$package_test"/two/*.oci)")"
    local program
    program="$(echo "$package_test"/archive/*/bin/vmcp)"

    package_check 'made twice, the bytes are the same' same_bytes_twice
    package_check 'no path or user of this machine is in it' no_host_paths
    package_check 'the archive brings its libraries' archive_brings_its_libraries
    package_check 'the unpacked archive serves' serves "$package_test/a" "$package_test/a" "$program"
    package_check 'the Debian package is whole' deb_is_whole
    package_check 'the unpacked Debian package serves' serves "$package_test/d" "$package_test/d" "$package_test/deb/usr/bin/vmcp"
    package_check 'the image is a sound OCI layout' image_is_sound
    package_check 'the image is what Dockerfile says' image_is_what_dockerfile_says
    package_check 'the image holds nothing else' image_root_is_bare
    if ((EUID == 0)) && chroot / true 2>/dev/null; then
        bare_root "$package_test/bare"
        local inside
        inside="/opt/$(basename "$(dirname "$(dirname "$program")")")/bin"
        # LD_ORIGIN_PATH: without /proc the loader cannot know where the program is.
        package_check 'the archive serves where there is only glibc' serves /srv/test "$package_test/bare/srv/test" \
            env LD_ORIGIN_PATH="$inside" chroot "$package_test/bare" "$inside/vmcp"
        package_check 'the image serves as its user, and is healthy' serves /tmp/w "$package_test/root/tmp/w" \
            chroot --userspec=65532:65532 "$package_test/root" /usr/bin/vmcp
    else
        package_skip 'the archive serves where there is only glibc' 'chroot needs root'
        package_skip 'the image serves as its user, and is healthy' 'chroot needs root'
    fi
    check_in_bare_debian "/opt/$(basename "$(dirname "$(dirname "$program")")")/bin"
    package_check './dev run takes the archive, and its ports reach the banner' run_takes_the_archive
    package_check './dev run takes the program that is named' run_takes_the_named_program
    package_check 'other distributions are told what to do' other_distributions_are_told_what_to_do
    ((package_failed > 0)) || rm -rf "$package_test"
    count package "$package_passed" "$package_failed" "$package_skipped"
}
