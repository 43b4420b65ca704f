# Adding a stage is adding a file: this finds the files and calls their registration functions.

# Sets `out` to the path of a generated source that defines sluice::register_all_stages
# (stages/register_all.h). Each of the given stage files must define exactly one
#
#   void register_NAME(Registry& registry) {
#
# at the beginning of a line; otherwise the configure step stops and names the file. The file is
# rewritten only when it changes, so that nothing is rebuilt in vain.
function(sluice_generate_stage_registration out)
  set(declarations "")
  set(calls "")
  set(seen "")
  foreach(file IN LISTS ARGN)
    file(RELATIVE_PATH name "${PROJECT_SOURCE_DIR}" "${file}")
    file(STRINGS "${file}" definitions
      REGEX "^void register_[a-z0-9_]+\\(Registry&[^)]*\\)[^;{]*{")
    list(LENGTH definitions count)
    if(NOT count EQUAL 1)
      message(FATAL_ERROR "${name} defines ${count} functions 'void register_NAME(Registry& registry)'; "
        "a stage file defines exactly one (parts shared by stages belong in stages/support)")
    endif()
    string(REGEX REPLACE "^void (register_[a-z0-9_]+).*" "\\1" function "${definitions}")
    if(function IN_LIST seen)
      message(FATAL_ERROR "${name} defines ${function}, which another stage file defines too")
    endif()
    list(APPEND seen ${function})
    string(APPEND declarations "void ${function}(Registry& registry);  // ${name}\n")
    string(APPEND calls "  ${function}(registry);\n")
    # A renamed function must be noticed, not only a new file.
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  endforeach()

  set(generated "${PROJECT_BINARY_DIR}/generated/register_all.cpp")
  file(CONFIGURE OUTPUT "${generated}" @ONLY CONTENT [=[
// Generated from the files in stages/ by tools/cmake/stage_registration.cmake.
#include "stages/register_all.h"

namespace sluice {

@declarations@
void register_all_stages([[maybe_unused]] Registry& registry) {
@calls@}

}  // namespace sluice
]=])
  set(${out} "${generated}" PARENT_SCOPE)
endfunction()
