# The test stages of ./dev, sourced by it: each prints what it runs, has a time limit, and adds to one summary.

summary=()
failures=() # what failed, by name, said once more next to the summary: logs are long and get cut
total_passed=0
total_failed=0
total_skipped=0

# count STAGE PASSED FAILED SKIPPED
count() {
    summary+=("$(printf '%-14s %6d passed %4d failed %4d skipped' "$@")")
    total_passed=$((total_passed + $2))
    total_failed=$((total_failed + $3))
    total_skipped=$((total_skipped + $4))
}

# A stage that could not even be built counts as one failure; the others still run.
build_or_count() { # STAGE PRESET [TARGET...]
    local stage="$1"
    shift
    (build_preset "$@") && return 0
    echo "$stage: the build failed"
    failures+=("$stage: the build")
    count "$stage" 0 1 0
    return 1
}

# Adds the GoogleTest programs: gtest_programs STAGE SECONDS PROGRAM...
gtest_programs() {
    local stage="$1" limit="$2" passed=0 failed=0 skipped=0 program log code
    shift 2
    if (($# == 0)); then
        echo "$stage: there are no tests yet"
        return 0
    fi
    for program in "$@"; do
        log="build/test-results/$stage-${program##*/}.log"
        code=0
        timeout -k 10 "$limit" "$program" --gtest_color=no >"$log" 2>&1 || code=$?
        local p f s
        p="$(sed -n 's/^\[  PASSED  \] \([0-9]*\) tests\?\.$/\1/p' "$log" | tail -n 1)"
        f="$(sed -n 's/^\[  FAILED  \] \([0-9]*\) tests\?, listed below:$/\1/p' "$log" | tail -n 1)"
        s="$(sed -n 's/^\[  SKIPPED \] \([0-9]*\) tests\?, listed below:$/\1/p' "$log" | tail -n 1)"
        # A crash, a sanitizer report or a timeout ends the program without, or in spite of, a summary.
        if ((code != 0)) && ((${f:-0} == 0)); then
            f=1
            local how="ended with exit code $code"
            if ((code == 124 || code == 137)); then how="stopped after $limit s"; fi
            echo "  ${program##*/}: $how"
            failures+=("$stage: ${program##*/} $how in or after $(sed -n 's/^\[ RUN      \] //p' "$log" | tail -n 1)")
        fi
        local name
        while read -r name; do failures+=("$stage: ${program##*/} $name"); done < <(
            sed -n '/tests\?, listed below:$/,$ s/^\[  FAILED  \] \([^ ]*\.[^ ]*\).*/\1/p' "$log")
        printf '  %-16s %5d passed %3d failed %3d skipped\n' "${program##*/}" "${p:-0}" "${f:-0}" "${s:-0}"
        ((${f:-0} == 0)) || tail -n 60 "$log"
        passed=$((passed + ${p:-0}))
        failed=$((failed + ${f:-0}))
        skipped=$((skipped + ${s:-0}))
    done
    count "$stage" "$passed" "$failed" "$skipped"
}

# The programs of a preset that exist and can run: programs_of PRESET NAME...
programs_of() {
    local preset="$1" name
    shift
    for name in "$@"; do
        for program in build/"$preset"/bin/$name; do [[ -x "$program" ]] && echo "$program"; done
    done
    return 0
}

sanitizer_environment() {
    export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
    export UBSAN_OPTIONS=print_stacktrace=1
    export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
    ASAN_SYMBOLIZER_PATH="$(command -v llvm-symbolizer-19 || true)"
    export ASAN_SYMBOLIZER_PATH TSAN_SYMBOLIZER_PATH="$ASAN_SYMBOLIZER_PATH"
}

stage_unit() {
    build_or_count unit asan || return 0
    say "unit: every unit and wire test, with AddressSanitizer and UndefinedBehaviorSanitizer"
    local -a programs
    mapfile -t programs < <(programs_of asan 'unit_*' wire '*_test*')
    gtest_programs unit 600 "${programs[@]}"
}

stage_tsan() {
    local -a threaded=(unit_net unit_session unit_mcp unit_program wire) targets=() programs
    local name
    need_packages "${build_packages[@]}"
    cmake --preset tsan --log-level=WARNING || { count tsan 0 1 0; return 0; }
    for name in "${threaded[@]}"; do
        if cmake --build build/tsan --target help | grep -q "^$name:"; then targets+=("$name"); fi
    done
    if ((${#targets[@]} == 0)); then
        say "tsan: there are no tests yet"
        return 0
    fi
    build_or_count tsan tsan "${targets[@]}" || return 0
    say "tsan: the threaded tests, with ThreadSanitizer"
    mapfile -t programs < <(programs_of tsan "${targets[@]}")
    gtest_programs tsan 600 "${programs[@]}"
}

# The whole program with all its threads: many clients and backends at once, changes of lists, reload, the end.
stage_e2e-tsan() {
    need_packages "${test_packages[@]}"
    need_node
    build_or_count e2e-tsan tsan vmcp || return 0
    say "e2e-tsan: the end-to-end tests in which threads meet, with ThreadSanitizer"
    local -a files=()
    local name
    for name in isolation list_changed restart sdk_clients sessions shutdown streams config_cli; do
        files+=("tests/end_to_end/$name.test.mjs")
    done
    node_tests e2e-tsan 1200 "$PWD/build/tsan/vmcp" "${files[@]}"
}

# node_tests STAGE SECONDS BINARY FILE...: test files of tests/end_to_end against a vmcp binary.
node_tests() {
    local stage="$1" limit="$2" binary="$3" tap="build/test-results/$1.tap" code=0
    shift 3
    rm -f "$tap"
    VMCP_BIN="$binary" timeout -k 20 "$limit" "$node" --test --test-concurrency=2 --test-timeout=400000 \
        --test-reporter=spec --test-reporter-destination=stdout \
        --test-reporter=tap --test-reporter-destination="$tap" "$@" || code=$?
    local passed failed cancelled skipped todo
    touch "$tap"
    read -r passed failed cancelled skipped todo < <(awk '
        /^# (pass|fail|cancelled|skipped|todo) [0-9]+$/ { n[$2] = $3 }
        END { print n["pass"] + 0, n["fail"] + 0, n["cancelled"] + 0, n["skipped"] + 0, n["todo"] + 0 }' "$tap")
    failed=$((failed + cancelled))
    if ((code != 0 && failed == 0)); then
        echo "$stage: ended with exit code $code (124: stopped after $limit s)"
        failures+=("$stage: ended with exit code $code (124: stopped after $limit s)")
        failed=1
    fi
    local name
    while IFS= read -r name; do failures+=("$stage: $name"); done < <(
        grep -E '^ *not ok ' "$tap" | grep -vE '# (SKIP|TODO)' | sed -E 's/^ *not ok [0-9]+ - //')
    count "$stage" "$passed" "$failed" "$((skipped + todo))"
}

stage_e2e() {
    need_packages "${test_packages[@]}" "${browser_packages[@]}"
    need_node
    build_or_count e2e release vmcp || return 0
    say "e2e: the release binary between real clients and real backends"
    node_tests e2e 1500 "$PWD/build/release/vmcp" tests/end_to_end/*.test.mjs
}

# The tests that reach the most code, against the sanitized binary; load and time limits are left to the release run.
stage_e2e-asan() {
    need_packages "${test_packages[@]}"
    need_node
    build_or_count e2e-asan asan vmcp || return 0
    say "e2e-asan: the same tests, those without load, against the sanitized binary"
    local -a files=()
    local file
    for file in tests/end_to_end/*.test.mjs; do
        grep -q '^// asan: no' "$file" || files+=("$file")
    done
    node_tests e2e-asan 1500 "$PWD/build/asan/vmcp" "${files[@]}"
}

stage_conformance() {
    need_node
    build_or_count conformance release vmcp || return 0
    say "conformance: the official suite, directly and through vmcp"
    local counts=build/test-results/conformance.count code=0 passed=0 failed=0 skipped=0
    rm -f "$counts"
    VMCP_BIN="$PWD/build/release/vmcp" timeout -k 20 900 "$node" tests/conformance/run.mjs --count-file "$counts" || code=$?
    if [[ -s "$counts" ]]; then read -r passed failed skipped <"$counts"; fi
    if ((code != 0 && failed == 0)); then failed=1; fi
    ((failed == 0)) || failures+=("conformance: the rows without ok in its table")
    count conformance "$passed" "$failed" "$skipped"
}

# fuzz_one TARGET SECONDS: runs one fuzzer from its seeds; its exit code is the verdict.
fuzz_one() {
    local target="$1" seconds="$2" corpus="build/fuzz/corpus/$1" log="build/test-results/$1.log" seeds="tests/fuzz/corpus/$1"
    mkdir -p "$corpus" build/fuzz/artifacts
    [[ -d "$seeds" ]] || seeds=
    local -a dictionary=()
    [[ ! -f "tests/fuzz/$target.dict" ]] || dictionary=("-dict=tests/fuzz/$target.dict")
    timeout -k 20 "$((seconds + 120))" "build/fuzz/bin/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2560 \
        -print_final_stats=1 -artifact_prefix="build/fuzz/artifacts/$target-" "${dictionary[@]}" "$corpus" ${seeds:+"$seeds"} \
        >"$log" 2>&1
}

# run_fuzzers SECONDS TARGET...: two at a time.
run_fuzzers() {
    local seconds="$1" passed=0 failed=0 target
    shift
    mkdir -p build/test-results
    local -a queue=("$@")
    while ((${#queue[@]} > 0)); do
        local -a pair=("${queue[@]:0:2}") pids=()
        queue=("${queue[@]:2}")
        for target in "${pair[@]}"; do
            fuzz_one "$target" "$seconds" &
            pids+=($!)
        done
        local index
        for index in "${!pair[@]}"; do
            target="${pair[$index]}"
            if wait "${pids[$index]}"; then
                passed=$((passed + 1))
                printf '  ok    %-24s %s runs\n' "$target" \
                    "$(sed -n 's/^stat::number_of_executed_units: *//p' "build/test-results/$target.log" | tail -n 1)"
            else
                failed=$((failed + 1))
                failures+=("fuzz: $target")
                printf '  FAIL  %s (input kept in build/fuzz/artifacts)\n' "$target"
                tail -n 40 "build/test-results/$target.log"
            fi
        done
    done
    count fuzz "$passed" "$failed" 0
}

fuzz_targets() {
    local file
    for file in tests/fuzz/*_fuzz.cpp; do
        [[ -e "$file" ]] && basename "$file" .cpp
    done
    return 0
}

stage_fuzz() {
    local -a targets
    mapfile -t targets < <(fuzz_targets)
    if ((${#targets[@]} == 0)); then
        say "fuzz: there are no fuzzers yet"
        return 0
    fi
    build_or_count fuzz fuzz "${targets[@]}" || return 0
    say "fuzz: ${#targets[@]} fuzzers, ${fuzz_seconds:-60} s each, two at a time"
    sanitizer_environment
    run_fuzzers "${fuzz_seconds:-60}" "${targets[@]}"
}

print_summary() {
    printf '\n== summary after %d min %d s\n' $((SECONDS / 60)) $((SECONDS % 60))
    local line
    for line in "${summary[@]}"; do echo "  $line"; done
    for line in "${failures[@]}"; do echo "  FAILED $line"; done
    printf '\n%d passed, %d failed, %d skipped\n' "$total_passed" "$total_failed" "$total_skipped"
    ((total_failed == 0 && total_passed > 0))
}

command_test() {
    local -a stages=("$@")
    ((${#stages[@]} > 0)) || stages=(unit tsan e2e e2e-asan e2e-tsan conformance package fuzz)
    local stage
    for stage in "${stages[@]}"; do
        declare -F "stage_$stage" >/dev/null || die "unknown stage: $stage (unit tsan e2e e2e-asan e2e-tsan conformance package fuzz)"
    done
    mkdir -p build/test-results
    sanitizer_environment
    for stage in "${stages[@]}"; do
        local before=$SECONDS
        "stage_$stage" || true
        printf -- '-- %s took %d s\n' "$stage" $((SECONDS - before))
    done
    print_summary
}

command_conformance() { command_test conformance; }

command_fuzz() {
    local -a targets
    fuzz_seconds=60
    if [[ "${1:-}" =~ ^[0-9]+$ ]]; then
        fuzz_seconds="$1"
        shift
    fi
    mkdir -p build/test-results
    if (($# > 0)); then
        targets=("$@")
        build_preset fuzz "${targets[@]}"
        sanitizer_environment
        run_fuzzers "$fuzz_seconds" "${targets[@]}"
    else
        stage_fuzz
    fi
    print_summary
}
