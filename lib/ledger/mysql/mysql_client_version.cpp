#include "ledger/mysql/mysql_ledger.hpp"

#include <mysql.h>

namespace coupon {

std::string mysql_client_version() {
    return std::string("MariaDB Connector/C ") + mysql_get_client_info();
}

} // namespace coupon
