# Precompiled headers: what most files include, parsed once for the libraries and once for the tests. Presets with VMCP_PCH
# have them; release has none, so that a file that forgot an include does not compile there.
set(vmcp_pch_std
    <algorithm> <array> <atomic> <charconv> <chrono> <cstdint> <deque> <functional> <list> <map> <memory> <mutex> <optional>
    <random> <set> <span> <sstream> <stdexcept> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector>)
set(vmcp_pch_boost
    <boost/asio/any_io_executor.hpp> <boost/asio/awaitable.hpp> <boost/asio/buffer.hpp> <boost/asio/co_spawn.hpp>
    <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp> <boost/asio/post.hpp> <boost/asio/redirect_error.hpp>
    <boost/asio/ssl/context.hpp> <boost/asio/ssl/stream.hpp> <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp>
    <boost/asio/write.hpp> <boost/beast/core/flat_buffer.hpp> <boost/beast/http/parser.hpp>
    <boost/beast/http/string_body.hpp> <boost/system/result.hpp>)

# vmcp_make_pch(name headers...): an object library of nothing but the precompiled headers.
function(vmcp_make_pch name)
    set(source ${PROJECT_BINARY_DIR}/${name}.cpp)
    file(GENERATE OUTPUT ${source} CONTENT "// Made by cmake/precompiled.cmake.\n")
    add_library(${name} OBJECT ${source})
    target_link_libraries(${name} PRIVATE asio fmt::fmt)
    target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

# vmcp_use_pch(target pch): the target's files begin with the headers of `pch`.
function(vmcp_use_pch target pch)
    if(VMCP_PCH)
        target_precompile_headers(${target} REUSE_FROM ${pch})
        target_link_libraries(${target} PRIVATE asio) # the headers need its compiled part, whatever the target uses of them
    endif()
endfunction()

if(VMCP_PCH)
    vmcp_make_pch(pch_libraries ${vmcp_pch_std} ${vmcp_pch_boost} <fmt/format.h>)
    target_link_libraries(pch_libraries PRIVATE vmcp_options vmcp_library_options)
    if(VMCP_BUILD_TESTS)
        vmcp_make_pch(pch_tests ${vmcp_pch_std} ${vmcp_pch_boost} <fmt/format.h> <nlohmann/json.hpp> <gmock/gmock.h>
            <gtest/gtest.h>)
        target_link_libraries(pch_tests PRIVATE vmcp_options vmcp_test_options)
    endif()
endif()
