# The test stages of ./dev, sourced by it: each prints what it runs, has a time limit, and adds to one summary.

all_stages=(lint unit e2e-asan tsan e2e-tsan e2e kube conformance package fuzz)
more_stages=(abuse corpus) # that take long, and run where somebody asks for them
build_limit=2400 # seconds for what a stage compiles
fuzz_limit=300   # seconds for all fuzzers together, in the test stage

stages_run=()
declare -A stage_counts=() stage_times=()
failures=() # what failed, by name, said once more next to the summary: logs are long and get cut
total_passed=0
total_failed=0
total_skipped=0
build_seconds=0 # of the stage that runs, spent on compiling

# count STAGE PASSED FAILED SKIPPED
count() {
    [[ -n "${stage_counts[$1]:-}" ]] || stages_run+=("$1")
    stage_counts[$1]="$(printf '%6d passed %4d failed %4d skipped' "${@:2}")"
    total_passed=$((total_passed + $2))
    total_failed=$((total_failed + $3))
    total_skipped=$((total_skipped + $4))
}

# What a stage builds: PRESET TARGET...
stage_needs() {
    case "$1" in
        unit) echo asan suites ;;
        corpus) echo asan unit_cedar ;;
        e2e-asan | abuse-asan) echo asan vmcp ;;
        fuzz) echo asan fuzzers ;;
        tsan) echo tsan suite_threaded ;;
        e2e-tsan) echo tsan vmcp ;;
        e2e | conformance) echo release vmcp vmcp_load vmcp_mock ;;
        abuse | kube | package) echo release vmcp ;;
    esac
}

# build_for STAGE: a stage that could not even be built counts as one failure; the others still run.
build_for() {
    local stage="$1" before=$SECONDS code=0
    local -a needs
    read -ra needs < <(stage_needs "$stage")
    await_next_build
    say "$stage: building preset ${needs[0]}: ${needs[*]:1}"
    configure "${needs[0]}" &&
        timeout --foreground -k 20 "$build_limit" cmake --build "build/${needs[0]}" --parallel "$(jobs_count)" \
            --target "${needs[@]:1}" || code=$?
    build_seconds=$((build_seconds + SECONDS - before))
    ((code != 0)) || return 0
    echo "$stage: the build failed (124: stopped after $build_limit s)"
    failures+=("$stage: the build")
    count "$stage" 0 1 0
    return 1
}

# begin_next_build PRESET STAGE...: tests that wait for sockets and clocks leave time on the processors. On that, and on
# nothing else, the first preset other than PRESET is compiled that the stages to come need.
begin_next_build() {
    local here="$1" stage preset=
    local -a needs targets=()
    shift
    for stage; do
        read -ra needs < <(stage_needs "$stage") || continue
        [[ "${needs[0]}" != "$here" ]] || continue
        preset="${preset:-${needs[0]}}"
        [[ "${needs[0]}" != "$preset" ]] || targets+=("${needs[@]:1}")
    done
    [[ -n "$preset" ]] || return 0
    say "compiling beside it: preset $preset: ${targets[*]} (build/test-results/build-$preset.log)"
    (configure "$preset" && exec nice -n 19 timeout -k 20 "$build_limit" cmake --build "build/$preset" \
        --parallel "$(jobs_count)" --target "${targets[@]}" -- -k 0) >"build/test-results/build-$preset.log" 2>&1 &
    next_build=$!
}

# Waits for the build that was begun beside the tests. The stage builds once more in any case, and so says what failed.
await_next_build() {
    [[ -n "${next_build:-}" ]] || return 0
    ! kill -0 "$next_build" 2>/dev/null || say "waiting for the build that was begun beside the last stage"
    wait "$next_build" || true
    next_build=
}

# limited SECONDS COMMAND...: stops it with all its children at its limit, or when this script is interrupted.
limited() {
    local code=0
    timeout -k 20 "$@" &
    limited_pid=$!
    wait "$limited_pid" || code=$?
    limited_pid=
    return "$code"
}

stop_tests() {
    local pid
    for pid in ${next_build:-} ${limited_pid:-}; do kill "$pid" 2>/dev/null || true; done
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
        timeout --foreground -k 10 "$limit" "$program" --gtest_color=no >"$log" 2>&1 || code=$?
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

sanitizer_environment() {
    export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
    export UBSAN_OPTIONS=print_stacktrace=1
    export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
    ASAN_SYMBOLIZER_PATH="$(command -v llvm-symbolizer-19 || true)"
    export ASAN_SYMBOLIZER_PATH TSAN_SYMBOLIZER_PATH="$ASAN_SYMBOLIZER_PATH"
}

stage_unit() {
    build_for unit || return 0
    say "unit: every unit and wire test, with AddressSanitizer and UndefinedBehaviorSanitizer"
    local -a programs
    mapfile -t programs <build/asan/suites.txt
    gtest_programs unit 600 "${programs[@]/#/build/asan/bin/}"
}

# What stage unit runs a tenth of.
stage_corpus() {
    build_for corpus || return 0
    say "corpus: every request of Cedar's official corpus, sanitized"
    VMCP_FULL=1 GTEST_FILTER='cedar_corpus.*' gtest_programs corpus 1800 build/asan/bin/unit_cedar
    sed -n 's/^[0-9]* cases, /  &/p' build/test-results/corpus-unit_cedar.log
}

stage_tsan() {
    build_for tsan || return 0
    say "tsan: the threaded tests, with ThreadSanitizer"
    gtest_programs tsan 900 build/tsan/bin/suite_threaded
}

# The whole program with all its threads: many clients and backends at once, changes of lists, reload, the end.
stage_e2e-tsan() {
    build_for e2e-tsan || return 0
    say "e2e-tsan: the end-to-end tests in which threads meet, with ThreadSanitizer"
    begin_next_build tsan "${stages_left[@]}"
    local -a files=()
    local name
    for name in isolation list_changed restart sdk_clients sessions shutdown streams config_cli; do
        files+=("tests/end_to_end/$name.test.mjs")
    done
    node_tests e2e-tsan 1200 "$PWD/build/tsan/vmcp" "${files[@]}"
}

# node_tests STAGE SECONDS BINARY FILE...: test files of tests/end_to_end against a vmcp binary.
# `node_jobs` files at once, 2 where it is not set.
node_tests() {
    local stage="$1" limit="$2" binary="$3" tap="build/test-results/$1.tap" code=0
    shift 3
    rm -f "$tap"
    VMCP_BIN="$binary" limited "$limit" "$node" --test --test-concurrency="${node_jobs:-2}" --test-timeout=400000 \
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

# Some of these measure time: nothing else runs beside them.
stage_e2e() {
    build_for e2e || return 0
    say "e2e: the release binary between real clients and real backends"
    node_tests e2e 1500 "$PWD/build/release/vmcp" tests/end_to_end/*.test.mjs tests/soak/*.test.mjs
}

# What adversaries sent, row by row: tests/abuse has a file for each. Memory and waiting times are judged by the release binary;
# the sanitized one goes through the same.
stage_abuse() {
    build_for abuse || return 0
    say "abuse: the release binary under each abuse, with limits.memory: 256MiB"
    node_jobs=1 node_tests abuse 1500 "$PWD/build/release/vmcp" tests/abuse/*.test.mjs
    build_for abuse-asan || return 0
    say "abuse: the same, against the sanitized binary"
    node_jobs=1 node_tests abuse-asan 2400 "$PWD/build/asan/vmcp" tests/abuse/*.test.mjs
}

# The tests that reach the most code, against the sanitized binary; load and time limits are left to the release run.
stage_e2e-asan() {
    build_for e2e-asan || return 0
    say "e2e-asan: the same tests, those without load, against the sanitized binary"
    begin_next_build asan "${stages_left[@]}"
    local -a files=()
    local file
    for file in tests/end_to_end/*.test.mjs; do
        grep -q '^// asan: no' "$file" || files+=("$file")
    done
    node_tests e2e-asan 1500 "$PWD/build/asan/vmcp" "${files[@]}"
}

stage_conformance() {
    build_for conformance || return 0
    say "conformance: the official suite, directly and through vmcp"
    begin_next_build release "${stages_left[@]}"
    local counts=build/test-results/conformance.count code=0 passed=0 failed=0 skipped=0
    rm -f "$counts"
    VMCP_BIN="$PWD/build/release/vmcp" limited 900 "$node" tests/conformance/run.mjs --count-file "$counts" || code=$?
    if [[ -s "$counts" ]]; then read -r passed failed skipped <"$counts"; fi
    if ((code != 0 && failed == 0)); then failed=1; fi
    ((failed == 0)) || failures+=("conformance: the rows without ok in its table")
    count conformance "$passed" "$failed" "$skipped"
}

# Corpus and findings are kept below build/fuzz.
# fuzz_one TARGET SECONDS: runs one fuzzer from its seeds; its exit code is the verdict.
fuzz_one() {
    local target="$1" seconds="$2" corpus="build/fuzz/corpus/$1" log="build/test-results/$1.log" seeds="tests/fuzz/corpus/$1"
    mkdir -p "$corpus" build/fuzz/artifacts
    [[ -d "$seeds" ]] || seeds=
    local -a dictionary=()
    [[ ! -f "tests/fuzz/$target.dict" ]] || dictionary=("-dict=tests/fuzz/$target.dict")
    timeout --foreground -k 20 "$((seconds + 120))" "build/asan/bin/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2560 \
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

# All fuzzers share the time of the stage, 60 s each at most.
stage_fuzz() {
    local -a targets
    mapfile -t targets < <(fuzz_targets)
    local seconds=$((fuzz_limit / ((${#targets[@]} + 1) / 2)))
    ((seconds <= 60)) || seconds=60
    build_for fuzz || return 0
    say "fuzz: ${#targets[@]} fuzzers, $seconds s each, two at a time"
    run_fuzzers "$seconds" "${targets[@]}"
}

print_summary() {
    printf '\n== summary after %d min %d s\n' $((SECONDS / 60)) $((SECONDS % 60))
    local line
    for line in "${stages_run[@]}"; do printf '  %-12s %s   %s\n' "$line" "${stage_counts[$line]}" "${stage_times[$line]:-}"; done
    for line in "${failures[@]}"; do echo "  FAILED $line"; done
    printf '\n%d passed, %d failed, %d skipped\n' "$total_passed" "$total_failed" "$total_skipped"
    ((total_failed == 0 && total_passed > 0))
}

# What the stages need from outside, before the first of them begins.
need_for_stages() {
    local stage
    need_packages "${build_packages[@]}"
    for stage; do
        case "$stage" in
            lint) need_packages "${style_packages[@]}" ;;
            e2e) need_packages "${test_packages[@]}" "${browser_packages[@]}" && need_node ;;
            e2e-* ) need_packages "${test_packages[@]}" && need_node ;;
            conformance | abuse) need_node ;;
            kube) [[ -z "${stage_by_name:-}" && ! -x "$(kube_program)" ]] ||
                { need_packages "${test_packages[@]}" "${kube_packages[@]}" && need_node; } ;;
            package) need_packages "${test_packages[@]}" "${package_packages[@]}" ;;
        esac
    done
}

run_stage() { # STAGE
    local stage="$1" before=$SECONDS
    build_seconds=0
    "stage_$stage" || true
    [[ -n "${stage_counts[$stage]:-}" ]] || {
        failures+=("$stage: ended before it had a result")
        count "$stage" 0 1 0
    }
    local whole=$((SECONDS - before))
    stage_times[$stage]="$(printf '%5d s, %5d s of them building' "$whole" "$build_seconds")"
    printf -- '-- %s took %d s\n' "$stage" "$whole"
}

command_test() {
    local -a stages=("$@")
    local stage
    stage_by_name=1
    ((${#stages[@]} > 0)) || { stages=("${all_stages[@]}") && stage_by_name=; }
    for stage in "${stages[@]}"; do
        [[ " ${all_stages[*]} ${more_stages[*]} " == *" $stage "* ]] ||
            die "unknown stage: $stage (${all_stages[*]} ${more_stages[*]})"
    done
    need_for_stages "${stages[@]}"
    mkdir -p build/test-results
    sanitizer_environment
    trap stop_tests EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    stages_left=("${stages[@]}")
    for stage in "${stages[@]}"; do
        stages_left=("${stages_left[@]:1}")
        run_stage "$stage"
    done
    print_summary
}

command_conformance() { command_test conformance; }

command_fuzz() {
    local -a targets
    local seconds=60
    if [[ "${1:-}" =~ ^[0-9]+$ ]]; then
        seconds="$1"
        shift
    fi
    if (($# > 0)); then targets=("$@"); else mapfile -t targets < <(fuzz_targets); fi
    build_preset asan "${targets[@]}"
    say "fuzz: ${#targets[@]} fuzzers, $seconds s each, two at a time"
    sanitizer_environment
    run_fuzzers "$seconds" "${targets[@]}"
    print_summary
}
