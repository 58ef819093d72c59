# shellcheck shell=bash
# Other releases of Redis and MariaDB, and MySQL, which scripts/engines/fetch brings. NAME.engine holds the folder of the one that
# server NAME runs from; without that file NAME is what Debian has installed.

# keep_engine NAME ENGINE: a server that has data keeps the engine that wrote them.
keep_engine() {
    [[ -n $2 ]] || return 0
    [[ $(engine_of "$1") != "$2" ]] || return 0
    # shellcheck disable=SC2154 # scripts/sandbox
    [[ ! -d $1 ]] || fail "$1 was started here before with another engine; use another folder, or remove $dir"
}

# fetch_engine NAME ENGINE
fetch_engine() {
    [[ -n $2 ]] || return 0
    # shellcheck disable=SC2154 # scripts/sandbox
    fetch "$1.engine.new" "$here/engines/fetch" "$2" || fail "without its engine $2 $1 cannot be started"
    mv "$1.engine.new" "$1.engine"
}

# The engine's name, or nothing.
engine_of() {
    [[ -r $1.engine ]] || return 0
    basename "$(<"$1.engine")"
}

# program_of NAME PROGRAM: how to call a program of the engine of server NAME.
program_of() {
    if [[ -r $1.engine ]]; then printf '%s/bin/%s\n' "$(<"$1.engine")" "$2"; else printf '%s\n' "$2"; fi
}

# A test that starts a server of its own beside this sandbox gets one of the same release.
engines_env() {
    local name path=$PATH folder
    for name in redis mariadb; do
        [[ -r $name.engine ]] || continue
        folder=$(<"$name.engine")/bin
        [[ :$path: == *":$folder:"* ]] || path=$folder:$path
    done
    [[ $path == "$PATH" ]] || printf 'export PATH=%q\n' "$path"
}
