# The test stage `kube` of ./dev, sourced by it: vmcp against a real kube-apiserver, which is built from its Go modules.

kube_packages=(etcd-server)
kube_build_limit=5400 # seconds; 13 minutes of one processor, when nothing else runs

kube_cache() { echo "${VMCP_KUBE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vmcp}"; }

# The program's name holds what it was made of, so that another version is another program.
kube_program() { echo "$(kube_cache)/kube-apiserver-$(cat tests/kube/apiserver/{go.mod,go.sum,main.go} | sha256sum | cut -c1-16)"; }

# Builds the API server where it is not there yet: kube_build
kube_build() {
    local made code=0
    made="$(kube_program)"
    [[ ! -x "$made" ]] || return 0
    command -v go >/dev/null || { echo "kube: there is no Go (1.26 or later) to build kube-apiserver with"; return 1; }
    say "building kube-apiserver, once: $made (13 minutes of one processor; build/test-results/kube-apiserver.log)"
    mkdir -p "$(kube_cache)" build/test-results
    (cd tests/kube/apiserver && GOFLAGS=-mod=readonly timeout -k 20 "$kube_build_limit" nice go build -trimpath -ldflags='-s -w' \
        -o "$made.part.$$" .) >build/test-results/kube-apiserver.log 2>&1 || code=$?
    if ((code != 0)); then
        rm -f "$made.part.$$"
        tail -n 20 build/test-results/kube-apiserver.log
        return 1
    fi
    mv "$made.part.$$" "$made"
}

# By name it builds what it needs. In a run of all stages it runs where that has been built before, as the build takes longer
# than the stages have time for.
stage_kube() {
    if [[ -z "${stage_by_name:-}" && ! -x "$(kube_program)" ]]; then
        echo
        echo "!! kube: NOT RUN. kube-apiserver has not been built on this machine: $(kube_program)"
        echo "!! ./dev test kube builds it, once, and runs these tests; later runs of ./dev test run them as well."
        count kube 0 0 1
        return 0
    fi
    kube_build || { failures+=("kube: kube-apiserver could not be built"); count kube 0 1 0; return 0; }
    build_for kube || return 0
    say "kube: the release binary in a cluster of a real kube-apiserver"
    VMCP_KUBE_APISERVER="$(kube_program)" node_jobs=1 node_tests kube 1500 "$PWD/build/release/vmcp" tests/kube/*.test.mjs
}
