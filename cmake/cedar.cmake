# The Cedar engine: a Rust crate (auth/cedar) that cargo builds into a static library, once for all presets.
option(VMCP_WITH_CEDAR
    "Build the Cedar policy engine (needs cargo); without it, configurations with policies are refused" ON)

if(NOT VMCP_WITH_CEDAR)
    add_library(vmcp_cedar STATIC ${PROJECT_SOURCE_DIR}/auth/cedar/absent/absent.cpp)
    vmcp_include_root(cedar_root vmcp_cedar auth/cedar)
    target_include_directories(vmcp_cedar PUBLIC ${cedar_root})
    target_link_libraries(vmcp_cedar PRIVATE vmcp_options)
    return()
endif()

# As `rust-version` in auth/cedar/Cargo.toml; Debian's package cargo is older, cargo-web of its security updates is not.
set(VMCP_CARGO_NEEDED 1.89)

# vmcp_cargo_works(result cargo): whether it runs at all, with a compiler of its own folder, and is new enough.
function(vmcp_cargo_works result cargo)
    get_filename_component(folder ${cargo} DIRECTORY)
    execute_process(COMMAND ${cargo} --version OUTPUT_VARIABLE version ERROR_QUIET RESULT_VARIABLE code)
    if(code EQUAL 0 AND EXISTS ${folder}/rustc AND version MATCHES "^cargo ([0-9.]+)"
        AND CMAKE_MATCH_1 VERSION_GREATER_EQUAL VMCP_CARGO_NEEDED)
        set(${result} TRUE PARENT_SCOPE)
    else()
        set(${result} FALSE PARENT_SCOPE)
    endif()
endfunction()

# The distribution's cargo first, like everything else that vmcp is built with; -D VMCP_CARGO=... names another.
if(NOT VMCP_CARGO)
    find_program(cargo_of_debian cargo PATHS /usr/bin NO_DEFAULT_PATH)
    find_program(cargo_of_path cargo)
    foreach(candidate ${cargo_of_debian} ${cargo_of_path})
        vmcp_cargo_works(works ${candidate})
        if(works)
            set(VMCP_CARGO ${candidate} CACHE FILEPATH "The cargo that builds the Cedar engine")
            break()
        endif()
    endforeach()
endif()
set(works FALSE)
if(VMCP_CARGO)
    vmcp_cargo_works(works ${VMCP_CARGO})
endif()
if(NOT works)
    message(FATAL_ERROR
        "The Cedar policy engine needs cargo and rustc ${VMCP_CARGO_NEEDED} or newer, in one folder, and there are "
        "none in /usr/bin or the PATH (VMCP_CARGO='${VMCP_CARGO}'). On Debian 12: apt-get install cargo-web, from "
        "bookworm-security, or run ./dev setup. Or build without the engine: -D VMCP_WITH_CEDAR=OFF.")
endif()
get_filename_component(rust_folder ${VMCP_CARGO} DIRECTORY)

# Presets build below build/ of the sources, and share what cargo makes, which depends on none of their flags.
get_filename_component(build_parent ${PROJECT_BINARY_DIR} DIRECTORY)
set(cargo_output ${PROJECT_BINARY_DIR}/cargo)
if(build_parent STREQUAL "${PROJECT_SOURCE_DIR}/build")
    set(cargo_output ${build_parent}/cargo)
endif()

set(cedar_crate ${PROJECT_SOURCE_DIR}/auth/cedar)
set(cedar_archive ${cargo_output}/release/libvmcp_cedar.a)
# Nothing that is made tells where it was made: panics name source files.
set(cargo_home "$ENV{HOME}/.cargo")
if(DEFINED ENV{CARGO_HOME})
    set(cargo_home "$ENV{CARGO_HOME}")
endif()
string(JOIN " " cargo_flags --remap-path-prefix=${PROJECT_SOURCE_DIR}=. --remap-path-prefix=${cargo_output}=target
    --remap-path-prefix=${cargo_home}=cargo)
file(GLOB cedar_sources CONFIGURE_DEPENDS ${cedar_crate}/src/*.rs)
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/vmcp_cedar.stamp
    BYPRODUCTS ${cedar_archive}
    COMMAND ${CMAKE_COMMAND} -E env --unset=CARGO_BUILD_TARGET "RUSTFLAGS=${cargo_flags}" RUSTC=${rust_folder}/rustc ${VMCP_CARGO} build --quiet --locked --release
        --manifest-path ${cedar_crate}/Cargo.toml --target-dir ${cargo_output}
    COMMAND ${CMAKE_COMMAND} -E touch ${PROJECT_BINARY_DIR}/vmcp_cedar.stamp
    DEPENDS ${cedar_sources} ${cedar_crate}/Cargo.toml ${cedar_crate}/Cargo.lock
    COMMENT "Building the Cedar engine with ${VMCP_CARGO} (minutes the first time)"
    VERBATIM)
add_custom_target(vmcp_cedar_archive DEPENDS ${PROJECT_BINARY_DIR}/vmcp_cedar.stamp)

add_library(vmcp_cedar STATIC IMPORTED GLOBAL)
set_target_properties(vmcp_cedar PROPERTIES IMPORTED_LOCATION ${cedar_archive})
target_link_libraries(vmcp_cedar INTERFACE Threads::Threads ${CMAKE_DL_LIBS} m)
# The archive holds the whole engine and Rust's library: without this a program grows by half more.
target_link_options(vmcp_cedar INTERFACE LINKER:--gc-sections)
# Ninja finds the rule of the archive by its path, and lets only the linking wait for it; as a dependency of targets it
# would hold up the compilation of everything that uses them.
if(NOT CMAKE_GENERATOR MATCHES "Ninja")
    add_dependencies(vmcp_cedar vmcp_cedar_archive)
endif()
