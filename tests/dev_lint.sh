# Formatting, lint and the include graph of ./dev, sourced by it. Everything is checked everywhere but for clang-tidy, which
# takes ten seconds for a file: the lint stage of the tests gives it what changed lately.

lint_files=30  # so many files of clang-tidy at most where nobody said what changed: about three minutes on two cores
lint_limit=900 # seconds for clang-tidy in the test stage

# Folders that know no Beast, OpenSSL, YAML or Prometheus. Their own libraries do not link these, but the headers of all
# Debian packages are in one folder, so that the compiler would find them.
core_folders=(vmcp/base vmcp/model vmcp/config vmcp/catalog vmcp/session vmcp/service)
not_in_core='boost/(beast|asio/ssl)|openssl/|yaml-cpp/|prometheus/'

# A clone that belongs to another user, as in a container, is read all the same.
repository() { git -c safe.directory='*' "$@"; }
sources() { repository ls-files -- '*.cpp' '*.hpp'; }
tidy_sources() { repository ls-files --cached --others --exclude-standard -- {vmcp,transport,health,auth}/'*.cpp'; }

command_format() {
    need_packages "${style_packages[@]}" git
    if [[ "${1:-}" == --check ]]; then
        sources | xargs -r clang-format-19 --dry-run -Werror && echo "all $(sources | wc -l) files are formatted"
    else
        sources | xargs -r clang-format-19 -i && echo "formatted $(sources | wc -l) files"
    fi
}

check_shell() {
    local file
    for file in dev .ci/run tests/*.sh packaging/*.sh; do bash -n "$file" || return 1; done
    sh -n cmake/launch
}

check_core_includes() {
    local folder found=0
    for folder in "${core_folders[@]}"; do
        [[ ! -d "$folder" ]] || ! grep -rnE "^ *# *include *[<\"]($not_in_core)" "$folder" || found=1
    done
    ((found == 0)) || echo "the core includes a header that only transport, auth or vmcp/program may know"
    return "$found"
}

# Parameters say what they are. Prints those of C++ text on the input that have one of five names that do not: FILE is
# what its lines are told of.
vague_parameters() { # FILE
    awk -v file="$1" '
        {
            line = $0
            if (raw) { # inside of a raw string
                at = index(line, ")" tag "\"")
                if (at == 0) next
                line = "\"\"" substr(line, at + length(tag) + 2)
                raw = 0
            }
            gsub(/\\./, "", line)
            while (match(line, /R"[^()\\ ]*\(/)) {
                tag = substr(line, RSTART + 2, RLENGTH - 3)
                after = substr(line, RSTART + RLENGTH)
                at = index(after, ")" tag "\"")
                line = substr(line, 1, RSTART - 1) "\"\"" (at ? substr(after, at + length(tag) + 2) : "")
                if (!at) { raw = 1; break }
            }
            gsub(/"[^"]*"/, "\"\"", line)
            sub(/\/\/.*/, "", line)
            gsub(/(return|co_return|co_await|co_yield|throw|case|else|not|and|or|new|delete) +/, "(", line)
            if (line ~ /[A-Za-z0-9_>][&*]* (what|of|with|met|way)( = [^,()]*([(][)])?)?[,)]/) print file ":" FNR ": " $0
        }'
}

# The check itself is proved first: by what it has to find, and by what it has to leave alone.
check_parameter_names() {
    local file found
    found="$(vague_parameters proof <<'EOF' | cut -d: -f2 | tr '\n' ' '
void f(const call& what);
void f(int a, std::shared_ptr<outbound> way,
void f(labels with, int b) {
void f(std::string of = name(), pipes with = pipes::read);
const auto f = [](const evidence& met) { return R"(a
void in_a_raw_string(int of);
)"; } void f(int of);
f(what, of, *with, a && met); return way);
const auto of = f(x.what); // of (int what)
text("of (int what)"); it.with(a * of);
EOF
    )"
    [[ "$found" == "1 2 3 4 5 7 " ]] || { echo "the check finds lines '$found' of its proof" && return 1; }
    found="$(sources | while read -r file; do vague_parameters "$file" <"$file"; done)"
    [[ -z "$found" ]] || { echo "$found" && echo "these parameters do not say what they are" && return 1; }
}

# The libraries with the folders they include, each below those it includes; fails when there is a way back.
print_graph() { # FILE: made by cmake/targets.cmake, a line of name, folder and linked targets for each library
    awk '
        { name[NR] = $1; folder[$1] = $2; links[$1] = ""; for (i = 3; i <= NF; ++i) links[$1] = links[$1] " " $i }
        function open_link(of,    parts, n, i) { # the first library that `of` includes and that is not printed yet
            n = split(links[of], parts, " ")
            for (i = 1; i <= n; ++i) if (parts[i] in folder && !(parts[i] in printed)) return parts[i]
            return ""
        }
        function print_library(of,    parts, n, i, text) {
            n = split(links[of], parts, " ")
            for (i = 1; i <= n; ++i) if (parts[i] in folder) text = text " " folder[parts[i]]
            printf(text == "" ? "%s\n" : "%-24s ->%s\n", folder[of], text)
            printed[of] = 1
        }
        END {
            for (left = NR; left > 0 && more != left;) {
                more = left
                for (i = 1; i <= NR; ++i)
                    if (!(name[i] in printed) && open_link(name[i]) == "") { print_library(name[i]); --left }
            }
            if (left == 0) exit 0
            for (i = 1; name[i] in printed; ++i) {}
            for (at = name[i]; !(at in seen); at = open_link(at)) seen[at] = 1
            way = folder[at]
            for (to = open_link(at); to != at; to = open_link(to)) way = way " -> " folder[to]
            print "there is a way back: " way " -> " folder[at]
            exit 1
        }' "$1"
}

command_graph() {
    need_packages "${build_packages[@]}"
    configure_lint &&
        print_graph build/lint/libraries.txt
}

# clang-tidy sees the files as the release build does, without precompiled headers.
configure_lint() { configure dev -B build/lint -DVMCP_PCH=OFF; }

# The first file that is compiled with a changed file: itself, the .cpp of a header, or one that includes the header.
unit_of() { # PATH
    local own="${1%.hpp}.cpp"
    if [[ "$1" == *.cpp ]]; then
        echo "$1"
    elif [[ -e "$own" ]]; then
        echo "$own"
    else
        tidy_sources | xargs -r grep -lF "#include \"$1\"" | head -n 1 || true
    fi
}

# changed_units BASE: what clang-tidy looks at of the changes since then, committed or not; what changed most comes first.
changed_units() {
    local lines path unit
    {
        repository diff --numstat --no-renames --diff-filter=d "$1" -- {vmcp,transport,health,auth}/'*.[ch]pp'
        repository ls-files --others --exclude-standard -- {vmcp,transport,health,auth}/'*.[ch]pp' |
            xargs -r wc -l | awk '$2 != "total" { print $1, 0, $2 }'
    } | while read -r lines _ path; do
        unit="$(unit_of "$path")"
        [[ -z "$unit" ]] || echo "$lines $unit"
    done | awk '{ sum[$2] += $1 } END { for (unit in sum) print sum[unit], unit }' | sort -k1,1nr -k2,2 | cut -d' ' -f2
}

# Sets lint_base and lint_text: since when changes count, and how that is said.
choose_lint_base() {
    local commit next
    if [[ -n "${VMCP_LINT_BASE:-}" ]]; then
        lint_base="$(repository merge-base "$VMCP_LINT_BASE" HEAD)" || die "VMCP_LINT_BASE: no such commit: $VMCP_LINT_BASE"
        lint_text="what changed since $VMCP_LINT_BASE"
        lint_files=100000
        return 0
    fi
    if ! commit="$(repository rev-parse -q --verify HEAD~1)"; then
        lint_base="$(repository hash-object -t tree /dev/null)"
        lint_text="this clone has one commit and no history, so that every file counts as changed"
        return 0
    fi
    lint_base="$commit"
    while next="$(repository rev-parse -q --verify "$commit~1")" && (($(changed_units "$next" | wc -l) <= lint_files)); do
        commit="$next"
        (($(repository rev-list --count --first-parent "$commit..HEAD") < 100)) || break
    done
    # Not further back than the last commit that fits, and not less than the newest one.
    (($(changed_units "$commit" | wc -l) > lint_files)) || lint_base="$commit"
    lint_text="what changed in the last $(repository rev-list --count --first-parent "$lint_base..HEAD") commits"
}

tidy_one() { # FILE: prints its name, and what clang-tidy says
    local said
    if said="$(clang-tidy-19 -p build/lint --quiet "$1" 2>/dev/null)"; then
        echo "  ok    $1"
    else
        printf '%s\n  FAIL  %s\n' "$said" "$1"
        return 1
    fi
}

# run_tidy FILE...: adds to lint_passed and lint_failed.
run_tidy() {
    local log=build/test-results/lint-tidy.log code=0
    mkdir -p build/test-results
    export -f tidy_one
    printf '%s\n' "$@" | timeout -k 10 "${tidy_limit:-86400}" xargs -P "$(jobs_count)" -I{} bash -c 'tidy_one "$1"' _ {} |
        tee "$log" || code=$?
    lint_passed=$((lint_passed + $(grep -c '^  ok    ' "$log" || true)))
    local file
    while read -r file; do lint_fails "clang-tidy of $file"; done < <(sed -n 's/^  FAIL  //p' "$log")
    ((code != 124 && code != 137)) || lint_fails "clang-tidy was stopped after $tidy_limit s"
}

lint_fails() {
    lint_failed=$((lint_failed + 1))
    failures+=("lint: $1")
}

lint_step() { # NAME COMMAND...
    local name="$1"
    shift
    say "lint: $name"
    if "$@"; then lint_passed=$((lint_passed + 1)); else lint_fails "$name"; fi
}

# lint_everything [--changed]: sets lint_passed and lint_failed.
lint_everything() {
    local -a units
    lint_passed=0
    lint_failed=0
    need_packages "${build_packages[@]}" "${style_packages[@]}"
    lint_step "formatting" command_format --check
    lint_step "shell syntax" check_shell
    lint_step "no Beast, OpenSSL, YAML or Prometheus in ${core_folders[*]}" check_core_includes
    lint_step "no parameter is called what, of, with, met or way" check_parameter_names
    lint_step "libraries, lowest first, with the folders each may include" command_graph
    if [[ "${1:-}" == --changed ]]; then
        choose_lint_base
        mapfile -t units < <(changed_units "$lint_base")
        say "lint: clang-tidy on $lint_text: ${#units[@]} of $(tidy_sources | wc -l) files"
        if ((${#units[@]} > lint_files)); then
            echo "only the $lint_files that changed most are checked; ./dev lint checks all"
            units=("${units[@]:0:lint_files}")
        fi
    else
        mapfile -t units < <(tidy_sources)
        say "lint: clang-tidy on all ${#units[@]} files"
    fi
    ((${#units[@]} == 0)) || run_tidy "${units[@]}"
}

command_lint() {
    failures=()
    lint_everything "$@"
    printf '\n%d checks passed, %d failed\n' "$lint_passed" "$lint_failed"
    ((lint_failed == 0)) || { printf '  FAILED %s\n' "${failures[@]}" && return 1; }
}

stage_lint() {
    tidy_limit=$lint_limit
    lint_everything --changed
    count lint "$lint_passed" "$lint_failed" 0
}
