#!/usr/bin/env bash
# Fails when a folder includes, or is linked in CMakeLists.txt to, a folder that does not stand below it, and when the
# core includes a library of the outer world. One line per folder: "  ok FOLDER" or "  FAIL FOLDER".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Folder: the folders it may know; whatever those know it may know too. The lines of vmcp_library(...) say the same.
declare -A arrows=(
    [vmcp/base]=''
    [vmcp/model]='vmcp/base'
    [vmcp/config]='vmcp/model'
    [vmcp/yaml]='vmcp/config'
    [vmcp/catalog]='vmcp/config'
    [vmcp/session]='vmcp/config'
    [vmcp/service]='vmcp/catalog vmcp/session'
    [health]='vmcp/config'
    [auth]='vmcp/config'
    [transport/net]='vmcp/config'
    [transport/http]='transport/net transport/sse'
    [transport/sse]='vmcp/base'
    [transport/mcp]='transport/http transport/sse vmcp/service'
    [transport/admin]='transport/http transport/sse vmcp/service'
    [vmcp/commands]='transport/mcp transport/admin health auth vmcp/yaml'
    [vmcp/runtime]='vmcp/commands'
    [vmcp]='vmcp/runtime'
)
# What the core must never see: sockets' protocols, cryptography, file formats.
core='vmcp/base vmcp/model vmcp/config vmcp/catalog vmcp/session vmcp/service'
outer_world='boost/beast|boost/asio/ssl|openssl/|yaml-cpp/|prometheus/'

# Prints every folder that `folder` may know, itself included.
allowed() {
    local next
    echo "$1"
    for next in ${arrows[$1]}; do allowed "$next"; done
}

files_of() { find "$1" -maxdepth 1 \( -name '*.cpp' -o -name '*.hpp' \) -type f; }

# The folder that an include path belongs to: the longest folder of the table that contains it.
folder_of() {
    local folder="${1%/*}"
    while [[ "$folder" == */* && -z "${arrows[$folder]+known}" ]]; do folder="${folder%/*}"; done
    echo "$folder"
}

forbidden_includes() { # FOLDER ALLOWED
    local file line path
    while IFS=: read -r file line path; do
        [[ -n "$path" ]] || continue
        path="${path#*\"}"
        path="${path%%\"*}"
        local target
        target="$(folder_of "$path")"
        [[ -n "${arrows[$target]+known}" || "$path" == */* ]] || continue
        grep -qxF "$target" <<<"$2" || echo "$file:$line: includes \"$path\""
    done < <(files_of "$1" | xargs -r grep -nH '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' || true)
}

outer_includes() { # FOLDER
    [[ " $core " == *" $1 "* ]] || return 0
    files_of "$1" | xargs -r grep -nHE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($outer_world)" || true
}

# Library name -> folder, and the libraries each line of vmcp_library(...) links.
forbidden_links() { # FOLDER ALLOWED
    local name folder links link target
    while read -r name folder links; do
        [[ "$folder" == "$1" ]] || continue
        for link in $links; do
            target="$(sed -nE "s/^vmcp_library\($link ([^ )]+).*/\1/p" CMakeLists.txt)"
            [[ -z "$target" ]] || grep -qxF "$target" <<<"$2" || echo "CMakeLists.txt: $name links $link"
        done
    done < <(sed -nE 's/^vmcp_library\((.*)\)$/\1/p' CMakeLists.txt)
}

# A library in CMakeLists.txt that the table does not know would escape the test.
unknown_folders() {
    local name folder rest
    while read -r name folder rest; do
        [[ -n "${arrows[$folder]+known}" ]] || echo "$folder"
    done < <(sed -nE 's/^vmcp_library\((.*)\)$/\1/p' CMakeLists.txt)
}

failed=0
for folder in $(printf '%s\n' "${!arrows[@]}" | sort) $(unknown_folders); do
    if [[ -z "${arrows[$folder]+known}" ]]; then
        printf '  FAIL %s\n       add it to the table in %s\n' "$folder" tests/include_direction.sh
        failed=1
        continue
    fi
    [[ -d "$folder" ]] || continue
    may="$(allowed "$folder" | sort -u)"
    wrong="$(forbidden_includes "$folder" "$may"; outer_includes "$folder"; forbidden_links "$folder" "$may")"
    if [[ -z "$wrong" ]]; then
        printf '  ok   %s\n' "$folder"
    else
        printf '  FAIL %s may include only: %s\n' "$folder" "$(tr '\n' ' ' <<<"$may")"
        sed 's/^/       /' <<<"$wrong"
        failed=1
    fi
done
exit "$failed"
