# vmcp_options: warnings and hardening of our own code.
add_library(vmcp_options INTERFACE)
target_compile_options(vmcp_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch -Werror)
target_compile_definitions(vmcp_options INTERFACE _GLIBCXX_ASSERTIONS)
target_compile_definitions(vmcp_options INTERFACE VMCP_VERSION="${PROJECT_VERSION}")

# The same precompiled header is made from the same text: no time of files in it.
target_compile_options(vmcp_options INTERFACE $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>)

# vmcp_library_options: the fuzzers see which branches of the libraries an input takes.
add_library(vmcp_library_options INTERFACE)
if(VMCP_BUILD_FUZZERS)
    target_compile_options(vmcp_library_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# vmcp_test_options: the time of tests is the time to compile them, so that nothing is optimized.
if(VMCP_BUILD_TESTS)
    add_library(vmcp_test_options INTERFACE)
    target_compile_options(vmcp_test_options INTERFACE $<$<CONFIG:Debug>:-O0>)
    target_link_libraries(vmcp_test_options INTERFACE nlohmann_json::nlohmann_json GTest::gmock)
endif()

# vmcp_include_root(variable name folder): an include root from which only that folder can be included.
function(vmcp_include_root variable name folder)
    set(root ${PROJECT_BINARY_DIR}/include/${name})
    get_filename_component(parent ${root}/${folder} DIRECTORY)
    file(MAKE_DIRECTORY ${parent})
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${root}/${folder} SYMBOLIC)
    set(${variable} ${root} PARENT_SCOPE)
endfunction()

# Which library links which, for ./dev graph.
set(vmcp_libraries_file ${PROJECT_BINARY_DIR}/libraries.txt)
file(WRITE ${vmcp_libraries_file} "")

# vmcp_library(name folder links...): one static library of one folder. Its include root holds a link to that folder and
# nothing else, so that a file can include just its own folder and those of the libraries that its library links.
function(vmcp_library name folder)
    vmcp_include_root(include_root ${name} ${folder})
    string(JOIN " " line ${name} ${folder} ${ARGN})
    file(APPEND ${vmcp_libraries_file} "${line}\n")
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
    if(sources)
        add_library(${name} STATIC ${sources})
        target_link_libraries(${name} PRIVATE vmcp_options vmcp_library_options PUBLIC ${ARGN})
        vmcp_use_pch(${name} pch_libraries)
        target_include_directories(${name} PUBLIC ${include_root})
    else()
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE ${ARGN})
        target_include_directories(${name} INTERFACE ${include_root})
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

# vmcp_suites_target(): "suites" builds every program of tests that ./dev test runs, and suites.txt lists them.
function(vmcp_suites_target)
    get_property(programs GLOBAL PROPERTY vmcp_suite_programs)
    add_custom_target(suites ALL DEPENDS ${programs})
    string(JOIN "\n" text ${programs})
    file(WRITE ${PROJECT_BINARY_DIR}/suites.txt "${text}\n")
endfunction()
