# shellcheck shell=bash
# redis-server, or the engine of --redis. Every write is on disk before its reply leaves, and nothing is ever evicted.

redis_ports() { echo redis; }

redis_prepare() {
    mkdir -p redis
    cat >redis/redis.conf <<END
bind 127.0.0.1
port $(port_of redis)
protected-mode yes
daemonize no
appendonly yes
appendfsync always
no-appendfsync-on-rewrite no
save ""
maxmemory-policy noeviction
enable-debug-command local
END
    ! has_accounts || redis_users >>redis/redis.conf
    # Of a name that comes twice the last value counts.
    [[ ! -f redis.conf ]] || cat redis.conf >>redis/redis.conf
}

redis_launch() { spawn redis redis "$(program_of redis redis-server)" ./redis.conf; }

redis_answers() {
    [[ $(timeout 2 redis-cli -h 127.0.0.1 -p "$(port_of redis)" ping 2>/dev/null) == PONG ]]
}

redis_env() { printf 'export COUPON_REDIS=%q\n' "redis://127.0.0.1:$(port_of redis)/0"; }
