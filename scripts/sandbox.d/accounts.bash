# shellcheck shell=bash
# Accounts with the least rights that README.md lists under "Least rights", one for each kind of program. A folder that was brought up with
# --accounts least keeps them. DIR/accounts holds their passwords and, for each, the settings with which a program logs in.
#
# A client without a login is the administrator: Redis' user `default`, Kafka's listener without SASL, MariaDB's user `coupon`.

accounts=(apply worker reset audit)

has_accounts() { [[ -d accounts ]]; }

# Draws the passwords, once per DIR.
accounts_prepare() {
    local account
    mkdir -p accounts
    for account in "${accounts[@]}"; do
        [[ -s accounts/$account.password ]] || od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"accounts/$account.password"
    done
}

# ---- Redis ----

# The rules of README.md.
redis_rules() {
    case $1 in
        apply) echo '~coupon:* +evalsha_ro +eval_ro +evalsha +eval +hlen +hmget +hget +hset +hdel +multi +exec +info +time' ;;
        worker | reset)
            echo '~coupon:* +evalsha_ro +eval_ro +evalsha +eval +hlen +hmget +hget +hscan +hset +hsetnx +hdel +unlink +info +time'
            ;;
        audit) echo '%R~coupon:* +evalsha_ro +eval_ro +hlen +hmget +hget +hscan +info +time' ;;
    esac
}

# With the optional rights: another database, the settings of a preflight, a name in CLIENT LIST.
redis_users() {
    local account more hash
    for account in "${accounts[@]}"; do
        more='+select +client|setname'
        [[ $account != reset && $account != audit ]] || more+=' +config|get'
        hash=$(sha256sum <"accounts/$account.password")
        printf 'user %s on #%s %s %s\n' "$account" "${hash%% *}" "$(redis_rules "$account")" "$more"
    done
}

# ---- Kafka ----

# One right a line: account, operation, kind of resource, its name. By number, as the protocol has them
# (org.apache.kafka.common.acl.AclOperation and .resource.ResourceType): 3 Read, 4 Write, 5 Create, 6 Delete, 8 Describe,
# 10 DescribeConfigs; 2 topic, 3 group, 4 cluster.
kafka_rights() {
    cat <<'END'
apply 4 2 *
worker 3 2 *
worker 4 2 *
worker 3 3 *
reset 3 2 *
reset 5 2 *
reset 6 2 *
reset 10 2 *
reset 8 3 *
reset 10 4 kafka-cluster
audit 3 2 *
audit 10 2 *
audit 8 3 *
audit 10 4 kafka-cluster
END
}

# All rights in one request: CreateAcls v1, literal names, any host, allowed.
kafka_allow() {
    local body='' count=0 account operation kind name
    while read -r account operation kind name; do
        body+=$(printf '%02x' "$kind" && string "$name" && printf '03' && string "User:$account" && string '*' && printf '%02x03' "$operation")
        ((++count))
    done < <(kafka_rights)
    kafka_ask 30 1 "$(int32 "$count")$body" || return 1
    # throttle time and count, then for each right its error and an empty text, or none
    # shellcheck disable=SC2154 # sandbox.d/kafka.bash
    [[ ${kafka_answer:16} =~ ^(0000(0000|ffff))*$ && ${#kafka_answer} -eq $((16 + 8 * count)) ]]
}

# ---- MariaDB ----

# The tables come first, since a right on a table needs the table. The accounts of MySQL log in its own way, the administrator in the
# older one.
mariadb_grants() {
    local account table identified=IDENTIFIED
    [[ $(engine_of mariadb) != mysql8 ]] || identified='IDENTIFIED WITH caching_sha2_password'
    printf 'USE coupon;\n'
    # One statement a line.
    # shellcheck disable=SC2154 # scripts/sandbox
    awk '/^--/ || /^$/ { next } { printf "%s ", $0 } /;$/ { print "" }' "$here/../lib/ledger/schema.sql"
    for account in worker reset audit; do
        printf "CREATE USER '%s'@'127.0.0.1' %s BY '%s';\n" "$account" "$identified" "$(<"accounts/$account.password")"
        for table in coupon_round coupon_fence coupon_purge coupon_position coupon failed_event abandoned_claim void_claim; do
            printf "GRANT SELECT ON coupon.%s TO '%s'@'127.0.0.1';\n" "$table" "$account"
        done
    done
    cat <<'END'
GRANT INSERT ON coupon.coupon TO 'worker'@'127.0.0.1';
GRANT INSERT, UPDATE ON coupon.coupon_fence TO 'worker'@'127.0.0.1';
GRANT INSERT, UPDATE ON coupon.coupon_position TO 'worker'@'127.0.0.1';
GRANT INSERT ON coupon.void_claim TO 'worker'@'127.0.0.1';
GRANT INSERT, UPDATE ON coupon.failed_event TO 'worker'@'127.0.0.1';
GRANT UPDATE ON coupon.coupon_round TO 'worker'@'127.0.0.1';
GRANT INSERT, UPDATE ON coupon.coupon_round TO 'reset'@'127.0.0.1';
GRANT INSERT, UPDATE ON coupon.coupon_fence TO 'reset'@'127.0.0.1';
GRANT INSERT ON coupon.coupon_purge TO 'reset'@'127.0.0.1';
GRANT INSERT ON coupon.abandoned_claim TO 'reset'@'127.0.0.1';
GRANT INSERT ON coupon.void_claim TO 'reset'@'127.0.0.1';
GRANT DELETE ON coupon.coupon TO 'reset'@'127.0.0.1';
GRANT CREATE, REFERENCES ON coupon.* TO 'reset'@'127.0.0.1';
GRANT PROCESS ON *.* TO 'reset'@'127.0.0.1';
GRANT PROCESS ON *.* TO 'audit'@'127.0.0.1';
END
}

# ---- the programs ----

# The settings with which a program logs in as $1, one NAME=VALUE a line. Kafka's properties have no variable, so that they lie in a config file.
account_settings() {
    local password=$PWD/accounts/$1.password name
    while read -r name; do
        case $name in
            redis)
                printf 'COUPON_REDIS=redis://%s@127.0.0.1:%s/0\n' "$1" "$(port_of redis)"
                printf 'COUPON_REDIS_PASSWORD_FILE=%s\n' "$password"
                ;;
            kafka)
                printf 'COUPON_BROKERS=127.0.0.1:%s\n' "$(port_of kafka_sasl)"
                printf 'COUPON_KAFKA_PASSWORD_FILE=%s\n' "$password"
                printf 'COUPON_CONFIG=%s\n' "$PWD/accounts/$1.conf"
                ;;
            mariadb)
                [[ $1 != apply ]] || continue
                printf 'COUPON_MYSQL=mysql://%s@127.0.0.1:%s/coupon\n' "$1" "$(port_of mariadb)"
                printf 'COUPON_MYSQL_PASSWORD_FILE=%s\n' "$password"
                ;;
        esac
    done <servers
}

# The same in files, for the tests: the ports may have changed.
accounts_write_settings() {
    local account
    for account in "${accounts[@]}"; do
        cat >"accounts/$account.conf" <<END
kafka-property = security.protocol=SASL_PLAINTEXT
kafka-property = sasl.mechanisms=PLAIN
kafka-property = sasl.username=$account
END
        account_settings "$account" >"accounts/$account.env"
    done
}

account_env() {
    local line
    account_settings "$1" | while IFS= read -r line; do
        printf 'export %s=%q\n' "${line%%=*}" "${line#*=}"
    done
    [[ $1 != apply ]] || printf 'unset COUPON_MYSQL COUPON_MYSQL_PASSWORD_FILE\n'
}
