# shellcheck shell=bash
# Server processes: started so that they outlive their starter, and known again without doubt later.
#
# NAME.pid holds the process id. NAME.identity holds it with the start time of that process and the id of this
# boot: a number that was given to another process since is never signalled. All paths are relative to DIR.

# Prints the state letter and the start time of process $1; fails when it is gone or only waits to be reaped.
# A zombie with threads is still dying, and may still hold its ports.
process_state() {
    local stat fields
    # The name in brackets may itself hold blanks and brackets, so fields count from the last bracket.
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    read -ra fields <<<"${stat##*) }"
    [[ ${fields[0]} != [ZX] ]] || ((fields[17] > 1)) || return 1
    printf '%s %s\n' "${fields[0]}" "${fields[19]}"
}

# Prints the process id of server $1 if that very process still lives.
pid_of() {
    local pid start boot state now
    [[ -r $1.identity ]] || return 1
    read -r pid start boot <"$1.identity" || return 1
    [[ $boot == "$(</proc/sys/kernel/random/boot_id)" ]] || return 1
    read -r state now < <(process_state "$pid") || return 1
    [[ -n $state && $now == "$start" ]] || return 1
    printf '%s\n' "$pid"
}

is_running() { pid_of "$1" >/dev/null; }

is_paused() {
    local pid state rest
    pid=$(pid_of "$1") || return 1
    read -r state rest < <(process_state "$pid") || return 1
    [[ $state == T ]]
}

# spawn NAME FOLDER COMMAND...: runs it in DIR/FOLDER without terminal, input, or any descriptor, variable or
# signal setting of the caller. What it prints is appended to NAME.log.
spawn() {
    local name=$1 folder=$2 pid start state
    shift 2
    (
        exec </dev/null >>"$name.log" 2>&1
        for fd in "/proc/$BASHPID/fd/"*; do
            fd=${fd##*/}
            ((fd <= 2)) || exec {fd}>&-
        done
        cd "$folder" || exit
        exec setsid env -i --default-signal PATH="$PATH" HOME="$PWD" LANG=C.UTF-8 ${TZ+"TZ=$TZ"} \
            MALLOC_ARENA_MAX=2 "$@"
    ) &
    pid=$!
    read -r state start < <(process_state "$pid") || true
    printf '%s %s %s\n' "$pid" "${start:-0}" "$(</proc/sys/kernel/random/boot_id)" >"$name.identity.new"
    mv "$name.identity.new" "$name.identity"
    printf '%s\n' "$pid" >"$name.pid.new"
    mv "$name.pid.new" "$name.pid"
}

forget() { rm -f "$1.pid" "$1.identity"; }

# signal_server NAME SIGNAL: never reaches any process but the one that was started here.
signal_server() {
    local pid
    pid=$(pid_of "$1") || return 0
    kill "-$2" "$pid" 2>/dev/null || true
}

# wait_gone NAME SECONDS
wait_gone() {
    local end=$((SECONDS + $2))
    while is_running "$1"; do
        ((SECONDS < end)) || return 1
        sleep 0.02
    done
    forget "$1"
}

# terminate NAME SECONDS: asks it to end; a paused one must go on to be able to.
terminate() {
    signal_server "$1" TERM
    signal_server "$1" CONT
    wait_gone "$1" "$2"
}

# Ends it, by force if asking did not help.
end_server() {
    terminate "$1" 15 && return
    signal_server "$1" KILL
    wait_gone "$1" 10
}

# Is TCP port $2 one that server $1, and nobody else, listens on? Without this a neighbour's server that
# happened to take the port would be mistaken for ours.
listens_on() {
    local pid hex inode
    pid=$(pid_of "$1") || return 1
    printf -v hex '%04X' "$2"
    while read -r inode; do
        [[ -z $(find "/proc/$pid/fd" -lname "socket:\[$inode\]" 2>/dev/null) ]] || return 0
    done < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }')
    return 1
}
