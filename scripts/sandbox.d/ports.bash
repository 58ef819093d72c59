# shellcheck shell=bash
# Loopback ports, kept in DIR/ports, one `NAME=PORT` a line.
#
# They are drawn at random below the range the kernel takes the ports of outgoing connections from. A port is
# held by listening on it and nothing else: two sandboxes that drew the same one at the same moment are told apart
# by listens_on, and the one that could not bind draws again.

port_of() {
    [[ -r ports ]] || return 1
    local name port
    while IFS='=' read -r name port; do
        [[ $name != "$1" ]] || { printf '%s\n' "$port" && return; }
    done <ports
    return 1
}

# set_port NAME PORT, safe when several are set at the same time
set_port() {
    local lock
    exec {lock}>ports.lock
    flock -w 10 "$lock"
    { [[ ! -r ports ]] || grep -v "^$1=" ports || true; } >ports.new
    printf '%s=%s\n' "$1" "$2" >>ports.new
    mv ports.new ports
    exec {lock}>&-
}

# Does anybody listen on port $1?
is_taken() {
    local hex
    printf -v hex '%04X' "$1"
    awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { taken = 1 } END { exit !taken }' \
        < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
}

# Prints a port nobody listens on and no server of this sandbox is meant to have.
free_port() {
    local low=10240 high=32000 first last port tries
    read -r first last </proc/sys/net/ipv4/ip_local_port_range
    if ((first > 12000)); then
        high=$((first < 32000 ? first - 1 : 32000))
    elif ((last < 64000)); then
        low=$((last + 1)) high=65535
    fi
    for ((tries = 0; tries < 1000; tries++)); do
        port=$((low + SRANDOM % (high - low + 1)))
        ! grep -qs "=$port\$" ports || continue
        is_taken "$port" || { printf '%s\n' "$port" && return; }
    done
    printf 'sandbox: found no free port between %s and %s\n' "$low" "$high" >&2
    return 1
}

# ensure_port NAME: gives NAME a port if it has none, and another one if somebody listens on it by now.
ensure_port() {
    local port
    if port=$(port_of "$1") && ! is_taken "$port"; then
        return
    fi
    port=$(free_port) || return 1
    set_port "$1" "$port"
}
