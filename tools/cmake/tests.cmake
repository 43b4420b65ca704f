# Tests, each with one label: unit, stress, case, fuzz (replay of the corpora) or source (layers,
# format). Every function here is called once, from the top-level CMakeLists.txt.

# The tests that read the source tree itself.
function(sluice_add_source_checks)
  set(check "${PROJECT_SOURCE_DIR}/tests/check_layers.sh")
  add_test(NAME layers COMMAND "${check}" "${PROJECT_SOURCE_DIR}")
  add_test(NAME layers_self_test COMMAND "${check}" --self-test)
  set(references "${PROJECT_SOURCE_DIR}/tests/check_references.sh")
  add_test(NAME references COMMAND "${references}" "${PROJECT_SOURCE_DIR}")
  add_test(NAME references_self_test COMMAND "${references}" --self-test)
  set(tests layers layers_self_test references references_self_test)
  find_program(SLUICE_CLANG_FORMAT clang-format)
  if(SLUICE_CLANG_FORMAT)
    add_test(NAME format COMMAND "${PROJECT_SOURCE_DIR}/tools/lint" --format)
    list(APPEND tests format)
  endif()
  set_tests_properties(${tests} PROPERTIES LABELS source)
endfunction()

# The target sluice_headers: compiles every header alone, so that each includes what it needs.
function(sluice_add_header_check)
  set(sources "")
  foreach(header IN LISTS ARGN)
    file(RELATIVE_PATH name "${PROJECT_SOURCE_DIR}" "${header}")
    set(source "${PROJECT_BINARY_DIR}/generated/headers/${name}.cpp")
    # Twice: a header must also bear being included again.
    file(CONFIGURE OUTPUT "${source}" CONTENT "#include \"${name}\"\n#include \"${name}\"\n")
    list(APPEND sources "${source}")
  endforeach()
  add_library(sluice_headers OBJECT EXCLUDE_FROM_ALL ${sources})
  target_link_libraries(sluice_headers PRIVATE sluice_stages sluice_config TBB::tbb)
  target_compile_options(sluice_headers PRIVATE -O0 -g0)
endfunction()

# For each tests/fuzz/NAME_fuzz.cpp the executable fuzz_NAME. It replays tests/fuzz/corpus/NAME as
# a test; with SLUICE_FUZZ it is a libFuzzer binary that can also search for new inputs:
#   build/fuzz/fuzz_NAME -max_total_time=60 my_corpus tests/fuzz/corpus/NAME
function(sluice_add_fuzz_targets)
  file(GLOB targets CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/fuzz/*_fuzz.cpp")
  add_custom_target(sluice_fuzz)
  foreach(source IN LISTS targets)
    cmake_path(GET source STEM name)
    string(REGEX REPLACE "_fuzz$" "" name "${name}")
    set(corpus "${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name}")
    add_executable(fuzz_${name} "${source}")
    target_link_libraries(fuzz_${name} PRIVATE sluice_stages sluice_config)
    if(first)
      sluice_precompile_like(fuzz_${name} ${first})
    else()
      set(first fuzz_${name})
      sluice_precompile(${first} <engine/stage/registry.h>)
    endif()
    if(SLUICE_FUZZ)
      target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer,address)
      add_test(NAME fuzz.${name} COMMAND fuzz_${name} -runs=0 "${corpus}")
    else()
      target_sources(fuzz_${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cpp")
      add_test(NAME fuzz.${name} COMMAND fuzz_${name} "${corpus}")
    endif()
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 120)
    add_dependencies(sluice_fuzz fuzz_${name})
  endforeach()
endfunction()

# One GoogleTest executable; each of its tests is a ctest test LABEL.Suite.Name. Sanitized ones take
# as long to start as most tests take to run, so there a ctest test is a share of them, LABEL.N.
function(sluice_add_gtest target label)
  add_executable(${target} ${ARGN})
  target_link_libraries(${target}
    PRIVATE ${SLUICE_TESTED} ${SLUICE_TEST_SUPPORT} TBB::tbb GTest::gmock GTest::gtest_main)
  target_compile_options(${target} PRIVATE -O0)  # Tests need not be fast to run but to build.
  # Parsing these in every test file costs more than the tests themselves.
  sluice_precompile(${target} <gmock/gmock.h> <gtest/gtest.h> <engine/stage/registry.h>)
  set(serial FALSE)
  if(label STREQUAL "stress")
    set(serial TRUE)
  endif()
  if(SLUICE_SANITIZE)
    set(shares 12)
    foreach(share RANGE 1 ${shares})
      math(EXPR index "${share} - 1")
      add_test(NAME ${label}.${share} COMMAND ${target} --gtest_brief=1
        WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
      set_tests_properties(${label}.${share} PROPERTIES LABELS ${label} TIMEOUT 600
        RUN_SERIAL ${serial}
        ENVIRONMENT "GTEST_TOTAL_SHARDS=${shares};GTEST_SHARD_INDEX=${index}")
    endforeach()
    return()
  endif()
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    TEST_PREFIX "${label}." WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    PROPERTIES LABELS ${label} TIMEOUT 300 RUN_SERIAL ${serial})
endfunction()

# A test of tests/network: SCRIPT SLUICE ARGUMENTS...; 77 means that a peer is missing.
function(sluice_add_network_test name script)
  add_test(NAME network.${name}
    COMMAND "${PROJECT_SOURCE_DIR}/tests/network/${script}" $<TARGET_FILE:sluice> ${ARGN})
  set_tests_properties(network.${name} PROPERTIES LABELS case TIMEOUT 120 SKIP_RETURN_CODE 77)
endfunction()

# sluice_unit_tests, sluice_stress_tests, sluice_case_runner and the cases; the target sluice_tests
# builds all that the test preset runs. Without GoogleTest there are none: tools/check installs it.
function(sluice_add_tests)
  find_package(GTest QUIET CONFIG)
  if(NOT GTest_FOUND)
    message(STATUS "GoogleTest is not installed: building without tests (tools/check installs it)")
    return()
  endif()
  include(GoogleTest)
  set(tests "${PROJECT_SOURCE_DIR}/tests")

  file(GLOB case_runner_sources CONFIGURE_DEPENDS "${tests}/support/case_runner*.cpp")
  file(GLOB support_sources CONFIGURE_DEPENDS "${tests}/support/*.cpp")
  list(REMOVE_ITEM support_sources ${case_runner_sources})
  set(SLUICE_TEST_SUPPORT "")
  if(support_sources)
    add_library(sluice_test_support OBJECT ${support_sources})
    target_link_libraries(sluice_test_support PUBLIC sluice_engine GTest::gmock)
    sluice_precompile(sluice_test_support <engine/stage/registry.h>)
    set(SLUICE_TEST_SUPPORT sluice_test_support)
  endif()

  # Under TSan only what has threads: the engine.
  set(unit_root unit)
  set(SLUICE_TESTED sluice_launcher sluice_stages sluice_config)
  if(SLUICE_SANITIZE STREQUAL "thread")
    set(unit_root unit/engine)
    set(SLUICE_TESTED sluice_engine)
  endif()
  file(GLOB_RECURSE unit_sources CONFIGURE_DEPENDS "${tests}/${unit_root}/*.cpp")
  sluice_add_gtest(sluice_unit_tests unit ${unit_sources})

  file(GLOB_RECURSE stress_sources CONFIGURE_DEPENDS "${tests}/stress/*.cpp")
  sluice_add_gtest(sluice_stress_tests stress ${stress_sources})

  # A case file or folder directly in tests/cases is one test: case_runner SLUICE CASE.
  if(case_runner_sources)
    add_executable(sluice_case_runner ${case_runner_sources})
    target_link_libraries(sluice_case_runner PRIVATE sluice_stages sluice_config)
    file(GLOB cases CONFIGURE_DEPENDS "${tests}/cases/*")
  endif()
  foreach(case IN LISTS cases)
    cmake_path(GET case STEM name)
    add_test(NAME case.${name} COMMAND sluice_case_runner $<TARGET_FILE:sluice> "${case}")
    set_tests_properties(case.${name} PROPERTIES LABELS case TIMEOUT 120)
  endforeach()

  # CEL's conformance tests: our own, and that wrong expectations are seen to be wrong. CONTRIBUTING
  # says how to run the specification's.
  file(GLOB conformance_sources CONFIGURE_DEPENDS "${tests}/conformance/*.cpp")
  add_executable(sluice_conformance ${conformance_sources})
  target_link_libraries(sluice_conformance PRIVATE sluice_stages)
  add_test(NAME conformance COMMAND sluice_conformance "${tests}/conformance/cases")
  add_test(NAME conformance.wrong COMMAND sluice_conformance "${tests}/conformance/wrong")
  set_tests_properties(conformance conformance.wrong PROPERTIES LABELS case TIMEOUT 60)
  set_tests_properties(conformance.wrong PROPERTIES
    PASS_REGULAR_EXPRESSION "all +passed +0  failed +14  left out +0")

  # Real logs, which are no part of this repository, against grep, awk, jq and the like.
  set(SLUICE_REAL_LOGS "${PROJECT_SOURCE_DIR}/../shared/data" CACHE PATH
    "Folder with web/ and loghub/; the test is skipped without it")
  if(NOT SLUICE_SANITIZE)
    add_test(NAME real_logs COMMAND "${tests}/real_logs/check_real_logs.sh"
      $<TARGET_FILE:sluice> "${SLUICE_REAL_LOGS}")
    set_tests_properties(real_logs PROPERTIES LABELS case TIMEOUT 900 SKIP_RETURN_CODE 77)
    # Compressions and encodings both ways with the programs of others; CONTRIBUTING has the long
    # form.
    add_test(NAME bytes COMMAND "${tests}/bytes/check_bytes.sh" $<TARGET_FILE:sluice>)
    set_tests_properties(bytes PROPERTIES LABELS case TIMEOUT 300)
    # Peers that are many, slow, or killed; CONTRIBUTING has the long forms.
    sluice_add_network_test(backpressure backpressure.sh)
    sluice_add_network_test(checksums checksums.sh 2000000)
    sluice_add_network_test(hostile_peers hostile_peers.sh 64 1)
    sluice_add_network_test(idle_connections idle_connections.sh 1000 2)
    sluice_add_network_test(killed_http killed_server.sh http 8)
    sluice_add_network_test(killed_tcp killed_server.sh tcp 8)
    sluice_add_network_test(syslog_peers syslog_peers.sh 5000)
    sluice_add_network_test(syslog_tls syslog_tls.sh 5000)
  endif()

  # The benchmark tool on little data: that it runs, and that all programs give the same.
  if(TARGET sluice_bench AND NOT SLUICE_SANITIZE)
    add_test(NAME bench COMMAND sluice_bench --root "${PROJECT_SOURCE_DIR}" --short
      --dir "${PROJECT_BINARY_DIR}/bench_smoke")
    set_tests_properties(bench PROPERTIES LABELS case TIMEOUT 600)
  endif()

  add_custom_target(sluice_tests)
  # What tools/check runs on the release build: those that the sanitizers did not run as well.
  add_custom_target(sluice_program_tests)
  set(executables sluice_unit_tests sluice_stress_tests)
  if(NOT SLUICE_SANITIZE STREQUAL "thread")
    list(APPEND executables sluice sluice_case_runner sluice_conformance sluice_fuzz)
    if(NOT SLUICE_SANITIZE)
      list(APPEND executables sluice_bench)
    endif()
  endif()
  foreach(executable IN LISTS executables)
    if(TARGET ${executable})
      add_dependencies(sluice_tests ${executable})
      if(NOT executable MATCHES "sluice_unit_tests|sluice_fuzz")
        add_dependencies(sluice_program_tests ${executable})
      endif()
    endif()
  endforeach()
endfunction()
