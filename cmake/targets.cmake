# vmcp_options: warnings and hardening of our own code. vmcp_library: one static library of one folder.
add_library(vmcp_options INTERFACE)
target_compile_options(vmcp_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch -Werror)
target_compile_definitions(vmcp_options INTERFACE _GLIBCXX_ASSERTIONS)
target_include_directories(vmcp_options INTERFACE ${PROJECT_SOURCE_DIR})

function(vmcp_library name folder)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
    if(sources)
        add_library(${name} STATIC ${sources})
        target_link_libraries(${name} PRIVATE vmcp_options PUBLIC ${ARGN})
        target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
    else()
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE ${ARGN})
        target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
    endif()
endfunction()

# vmcp_embed(target folder): the web files of a folder become part of the target, as ui_files.
function(vmcp_embed target folder)
    file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.html ${PROJECT_SOURCE_DIR}/${folder}/*.css
        ${PROJECT_SOURCE_DIR}/${folder}/*.js ${PROJECT_SOURCE_DIR}/${folder}/*.svg)
    set(made ${CMAKE_CURRENT_BINARY_DIR}/${target}_ui_files.cpp)
    add_custom_command(OUTPUT ${made}
        COMMAND ${CMAKE_COMMAND} -DOUT=${made} "-DFILES=${files}" -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
        DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
    target_sources(${target} PRIVATE ${made})
endfunction()
