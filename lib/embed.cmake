# coupon_embed(TARGET FILE...): makes the text of each FILE (SQL, Lua) a constant of the target.
# gate/claim.lua becomes `inline constexpr std::string_view claim_lua` in namespace coupon::embedded, header "gate/claim_lua.hpp".
function(coupon_embed target)
    file(RELATIVE_PATH room ${CMAKE_SOURCE_DIR}/lib ${CMAKE_CURRENT_SOURCE_DIR})
    foreach(file IN LISTS ARGN)
        string(REPLACE "." "_" symbol ${file})
        set(source ${CMAKE_CURRENT_SOURCE_DIR}/${file})
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
        file(READ ${source} text)
        file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/embedded/${room}/${symbol}.hpp @ONLY CONTENT
"#pragma once

#include <string_view>

namespace coupon::embedded {

inline constexpr std::string_view @symbol@ = R\"embedded(@text@)embedded\";

} // namespace coupon::embedded
")
    endforeach()
    target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/embedded)
endfunction()
