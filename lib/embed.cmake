# coupon_embed(TARGET FILE...): makes the text of each FILE (SQL, Lua) a constant of the target.
# ledger/mysql/statements.sql becomes `inline constexpr std::string_view statements_sql` in namespace coupon::embedded, header
# "ledger/mysql/statements_sql.hpp".
function(coupon_embed target)
    file(RELATIVE_PATH room ${CMAKE_SOURCE_DIR}/lib ${CMAKE_CURRENT_SOURCE_DIR})
    foreach(file IN LISTS ARGN)
        cmake_path(GET file PARENT_PATH folder)
        cmake_path(GET file FILENAME symbol)
        string(REPLACE "." "_" symbol ${symbol})
        set(source ${CMAKE_CURRENT_SOURCE_DIR}/${file})
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
        file(READ ${source} text)
        file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/embedded/${room}/${folder}/${symbol}.hpp @ONLY CONTENT
"#pragma once

#include <string_view>

namespace coupon::embedded {

inline constexpr std::string_view @symbol@ = R\"embedded(@text@)embedded\";

} // namespace coupon::embedded
")
    endforeach()
    target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/embedded)
endfunction()
