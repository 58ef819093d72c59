# coupon_embed_scripts(TARGET PROLOGUE file WRITING file... READING file...): makes each Lua script, behind its shebang line and the prologue, a
# constant of the target together with the SHA1 that EVALSHA names it by. claim.lua becomes `claim_script` in namespace coupon::embedded,
# header "gate/scripts.hpp". A READING script is flagged no-writes: the server refuses any write in it, runs it when out of memory and on a
# replica, and takes it by EVALSHA_RO from an account that may only read.
function(coupon_embed_scripts target)
    cmake_parse_arguments(ARG "" "PROLOGUE" "WRITING;READING" ${ARGN})
    file(READ ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_PROLOGUE} prologue)
    set(constants "")
    foreach(file IN LISTS ARG_WRITING ARG_READING)
        file(READ ${CMAKE_CURRENT_SOURCE_DIR}/${file} body)
        get_filename_component(name ${file} NAME_WE)
        # With the first line "#!lua" a server that is out of memory, read-only or cannot persist refuses before the script starts; without
        # it, half-way.
        set(shebang "#!lua")
        set(effect possible)
        if(file IN_LIST ARG_READING)
            set(shebang "#!lua flags=no-writes")
            set(effect none)
        endif()
        set(text "${shebang}\n${prologue}${body}")
        string(SHA1 sha "${text}")
        string(APPEND constants "inline constexpr GateScript ${name}_script{R\"lua(${text})lua\", \"${sha}\", Effect::${effect}};\n\n")
    endforeach()
    foreach(file IN LISTS ARG_PROLOGUE ARG_WRITING ARG_READING)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    endforeach()
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/embedded/gate/scripts.hpp @ONLY CONTENT
"#pragma once

#include \"gate/redis/gate_script.hpp\"

namespace coupon::embedded {

@constants@} // namespace coupon::embedded
")
    target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/embedded)
endfunction()
