# How everything of sluice is compiled: the target sluice_settings, which every other target links.

set(SLUICE_SANITIZE "" CACHE STRING
  "What everything is sanitized for: address, undefined, address,undefined or thread")
set_property(CACHE SLUICE_SANITIZE PROPERTY STRINGS "" address undefined address,undefined thread)
option(SLUICE_FUZZ "Build the fuzz targets with libFuzzer and AddressSanitizer (needs clang)" OFF)
option(SLUICE_LTO "Link-time optimization" OFF)
option(SLUICE_WARNINGS_AS_ERRORS "Stop at a compiler warning" ON)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
endif()

find_program(SLUICE_CCACHE ccache)
if(SLUICE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # One cache for all clones, and for what uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
    "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros "${SLUICE_CCACHE}")
endif()

add_library(sluice_settings INTERFACE)
target_include_directories(sluice_settings INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(sluice_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  $<$<BOOL:${SLUICE_WARNINGS_AS_ERRORS}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarm in every `"text" + std::string` (GCC bug 105651).
  target_compile_options(sluice_settings INTERFACE -Wno-restrict)
endif()

# Headers that most files of `target` include, and those given, are read once for all of them.
# tools/lint compiles without: a file must include what it needs.
option(SLUICE_PRECOMPILE "Precompile headers" ON)
function(sluice_precompile target)
  if(NOT SLUICE_PRECOMPILE)
    return()
  endif()
  sluice_use_precompiled(${target})
  target_precompile_headers(${target} PRIVATE ${ARGN}
    <algorithm> <array> <atomic> <bit> <charconv> <chrono> <compare> <condition_variable> <cstdint>
    <cstring> <functional> <map> <memory> <mutex> <optional> <random> <span> <string> <string_view>
    <thread> <unordered_map> <utility> <variant> <vector>)
endfunction()

# The headers of another target that is compiled with the same flags.
function(sluice_precompile_like target other)
  if(NOT SLUICE_PRECOMPILE)
    return()
  endif()
  sluice_use_precompiled(${target})
  target_precompile_headers(${target} REUSE_FROM ${other})
endfunction()

function(sluice_use_precompiled target)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # For ccache; and g++ 12 takes a precompiled std::string's copies for overflows (GCC bug 105329).
    target_compile_options(${target} PRIVATE -fpch-preprocess
      -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${target} PRIVATE -fpch-instantiate-templates)
  endif()
endfunction()

find_program(SLUICE_MOLD mold)
if(SLUICE_MOLD)
  target_link_options(sluice_settings INTERFACE -fuse-ld=mold)
endif()

if(SLUICE_LTO)
  include(CheckIPOSupported)
  check_ipo_supported(LANGUAGES CXX)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

set(sanitizer_flags "")
if(SLUICE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "SLUICE_FUZZ needs clang: use the preset 'fuzz' or CMAKE_CXX_COMPILER=clang++")
  endif()
  set(sanitizer_flags -fsanitize=fuzzer-no-link,address)
elseif(SLUICE_SANITIZE MATCHES "^(address|undefined|address,undefined|thread)$")
  set(sanitizer_flags -fsanitize=${SLUICE_SANITIZE})
  if(SLUICE_SANITIZE MATCHES "address")
    # Half the time that a test takes to start is for relocating its tables of globals.
    target_link_options(sluice_settings INTERFACE -no-pie)
  endif()
  if(SLUICE_SANITIZE MATCHES "undefined")
    # TBB's own headers downcast in a way that the vptr check refuses.
    list(APPEND sanitizer_flags -fno-sanitize=vptr,null,alignment -fno-sanitize-recover=all)
  endif()
elseif(SLUICE_SANITIZE)
  message(FATAL_ERROR "SLUICE_SANITIZE is '${SLUICE_SANITIZE}'; "
    "it can be address, undefined, address,undefined or thread")
endif()
if(sanitizer_flags)
  # -w: instrumentation sets off false warnings about bounds; the release build is where they count.
  target_compile_options(sluice_settings INTERFACE ${sanitizer_flags} -fno-omit-frame-pointer -w)
  target_compile_definitions(sluice_settings INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(sluice_settings INTERFACE ${sanitizer_flags})
endif()
