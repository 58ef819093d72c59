# shellcheck shell=bash
# The database: mariadbd, or the engine of --mysql, run directly. Database `coupon`, user `coupon` with a password of its own in
# mariadb.password.
#
# It runs inside its data folder and names its socket relative to it: the path of a socket is limited to 107
# bytes, that of DIR is not.

# The same for setting up and for running. Only root has to name the account it runs as. The buffer pool has room for the rows and keys
# of a million coupons (310 MB); memory is taken only as pages come.
mariadb_options() {
    local root
    options=(
        --no-defaults --tmpdir=.. --socket=mariadb.sock
        --performance-schema=OFF --skip-name-resolve
        --innodb-buffer-pool-size=512M --innodb-log-file-size=32M --innodb-log-buffer-size=4M
        --innodb-buffer-pool-dump-at-shutdown=OFF --innodb-buffer-pool-load-at-startup=OFF
        --key-buffer-size=1M
    )
    ((EUID)) || options+=(--user=root)
    case $(engine_of mariadb) in
        # It leaves its folder before it looks for the data.
        mysql8) options+=("--datadir=$PWD/$1" --mysqlx=OFF --default-authentication-plugin=mysql_native_password) ;;
        mariadb11)
            root=$(<mariadb.engine)/root/usr
            options+=(--datadir=. --aria-pagecache-buffer-size=4M "--basedir=$root" "--lc-messages-dir=$root/share/mariadb")
            ;;
        *) options+=(--datadir=. --aria-pagecache-buffer-size=4M) ;;
    esac
}

mariadb_ports() { echo mariadb; }

# mariadb_fill_data OWNER: fills the new data folder in which it is called, and runs ../setup.sql. OWNER is the operating system's account
# that administers the server through its socket, which no other account can reach.
mariadb_fill_data() {
    local program=$1 engine=$2 owner=$3 share=${4-}
    case $engine in
        mysql8)
            [[ $owner == root ]] || printf "CREATE USER '%s'@'localhost'; GRANT ALL PRIVILEGES ON *.* TO '%s'@'localhost' WITH GRANT OPTION;\n" \
                "$owner" "$owner" | sed 's/; /;\n/' >>../setup.sql
            timeout -k 5 90 "$program" "${options[@]}" --initialize-insecure --init-file="$PWD/../setup.sql" </dev/null
            ;;
        mariadb11)
            mkdir mysql
            {
                printf "CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket = '%s';\n" "$owner"
                cat "$share"/mariadb_{system_tables,performance_tables,system_tables_data}.sql "$share/fill_help_tables.sql" \
                    "$share/maria_add_gis_sp_bootstrap.sql" ../setup.sql
            } | timeout -k 5 90 "$program" "${options[@]}" --bootstrap --innodb-flush-log-at-trx-commit=0
            ;;
        *)
            timeout -k 5 90 mariadb-install-db "${options[@]}" --auth-root-authentication-method=socket \
                --auth-root-socket-user="$owner" --skip-test-db --extra-file=../setup.sql \
                --innodb-flush-log-at-trx-commit=0 </dev/null
            ;;
    esac
}

# Once per DIR. Done beside the final place, so that an interrupted attempt leaves nothing half done.
mariadb_install() {
    local password owner engine program share='' options
    owner=$(id -un 2>/dev/null) || owner=root # an account without a name has no administrator
    rm -rf mariadb mariadb.new
    mkdir -p mariadb.new/data
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf '%s' "$password" >mariadb.new/password
    # `coupon%`, so that a test can make a database of its own beside the one everybody uses.
    cat >mariadb.new/setup.sql <<END
FLUSH PRIVILEGES;
CREATE DATABASE coupon;
CREATE USER 'coupon'@'127.0.0.1' IDENTIFIED BY '$password';
GRANT ALL PRIVILEGES ON \`coupon%\`.* TO 'coupon'@'127.0.0.1' WITH GRANT OPTION;
GRANT CREATE USER, PROCESS ON *.* TO 'coupon'@'127.0.0.1';
END
    [[ $(engine_of mariadb) != mysql8 ]] || echo "GRANT ROLE_ADMIN ON *.* TO 'coupon'@'127.0.0.1';" >>mariadb.new/setup.sql
    ! has_accounts || mariadb_grants >>mariadb.new/setup.sql
    engine=$(engine_of mariadb)
    program=$(mariadb_program)
    [[ $engine != mariadb11 ]] || share=$(<mariadb.engine)/root/usr/share/mariadb
    mariadb_options mariadb.new/data
    options+=(--skip-log-bin)
    (cd mariadb.new/data && mariadb_fill_data "$program" "$engine" "$owner" "$share") >>mariadb.log 2>&1 || return 1
    rm mariadb.new/setup.sql
    mv mariadb.new/password mariadb.password
    mv mariadb.new mariadb
}

mariadb_program() {
    if [[ $(engine_of mariadb) == mysql8 ]]; then program_of mariadb mysqld; else program_of mariadb mariadbd; fi
}

mariadb_prepare() {
    [[ -d mariadb/data ]] || mariadb_install || return 1
    cat >mariadb.cnf.new <<END
[client]
protocol=tcp
host=127.0.0.1
port=$(port_of mariadb)
user=coupon
password=$(<mariadb.password)
END
    mv mariadb.cnf.new mariadb.cnf
}

mariadb_launch() {
    local options
    mariadb_options mariadb/data
    # --no-defaults and --defaults-file come first.
    [[ ! -f my.cnf ]] || options[0]=--defaults-file=$PWD/my.cnf
    if [[ -f mariadb.binlog ]]; then
        options+=(--log-bin=binlog --server-id=1 --binlog-format=ROW --sync-binlog=1)
    else
        options+=(--skip-log-bin)
    fi
    spawn mariadb mariadb/data "$(mariadb_program)" "${options[@]}" --bind-address=127.0.0.1 --port="$(port_of mariadb)" \
        --innodb-flush-log-at-trx-commit=1 --character-set-server=utf8mb4 --local-infile=OFF \
        --sql-mode=STRICT_TRANS_TABLES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION
}

mariadb_answers() {
    [[ $(timeout 3 mariadb --defaults-file=mariadb.cnf --batch --skip-column-names --execute='SELECT 1' coupon 2>/dev/null) == 1 ]]
}

mariadb_env() {
    printf 'export COUPON_MYSQL=%q\n' "mysql://coupon@127.0.0.1:$(port_of mariadb)/coupon"
    printf 'export COUPON_MYSQL_PASSWORD_FILE=%q\n' "$PWD/mariadb.password"
}
