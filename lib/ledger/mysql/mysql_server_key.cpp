#include "ledger/mysql/mysql_server_key.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

namespace coupon {

namespace {

Fault not_made(const std::string& why) {
    return {FaultKind::usage, "cannot hand --mysql-server-key to the client library: " + why, "mount /proc"};
}

} // namespace

Result<MysqlServerKey> MysqlServerKey::make(std::string_view pem) {
    MysqlServerKey key(::memfd_create("mysql-server-key", MFD_CLOEXEC));
    if (key.descriptor_ < 0) return not_made(std::strerror(errno));
    if (::write(key.descriptor_, pem.data(), pem.size()) != static_cast<ssize_t>(pem.size())) return not_made(std::strerror(errno));
    std::ifstream file(key.path(), std::ios::binary);
    const std::string read{std::istreambuf_iterator<char>(file), {}};
    if (read != pem) return not_made("it cannot be read from " + key.path());
    return key;
}

MysqlServerKey::MysqlServerKey(MysqlServerKey&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

MysqlServerKey& MysqlServerKey::operator=(MysqlServerKey&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

MysqlServerKey::~MysqlServerKey() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::string MysqlServerKey::path() const {
    return "/proc/self/fd/" + std::to_string(descriptor_);
}

} // namespace coupon
