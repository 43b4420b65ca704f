// The error of a run and the value-or-error type every fallible function of sluice returns.
//
// Mistakes in a config are Diagnostics (diagnostic.h); bad records are counted by the stage that
// rejects them; everything else that can go wrong is one Error. Exceptions stop at stage borders:
// the runner turns whatever escapes a stage into ErrorCode::internal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sluice {

enum class ErrorCode : std::uint8_t {
  io,             ///< A system call failed: reading, writing, opening, renaming.
  corrupt_input,  ///< The bytes are not in the declared format, or end too early.
  limit,          ///< A declared limit was exceeded (memory, record size, ...).
  bad_config,  ///< The config is valid by itself but not in this place (same file in and out, ...).
  stalled,     ///< The graph went idle before its sources had finished: a defect.
  cancelled,   ///< The user stopped the run.
  internal,    ///< A defect in sluice.
};

/// The stable name of a code, as logs show it.
std::string_view name_of(ErrorCode code) noexcept;

/// One thing that went wrong, and where. A stage fills what it knows (message, file, offset);
/// the engine adds pipeline and stage.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;  ///< What was being done and why it failed: "cannot open: No such file".
  std::string pipeline;
  std::string stage;
  std::string file;                     ///< The file or peer concerned; empty if none.
  std::optional<std::uint64_t> offset;  ///< Byte offset in `file` as stored (compressed, if it is).
};

/// One line for a person: "pipeline 'p', stage 's': MESSAGE: FILE at byte N". Text that may come
/// from data is escaped (see escape.h).
std::string to_string(const Error& error);

/// An Error with the text of `errno_value` appended to `doing`.
Error io_error(std::string_view doing, int errno_value, std::string_view file = {});

/// A T or an Error. Never empty.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const noexcept { return state_.index() == 0; }

  /// REQUIRES: *this holds a value.
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }

  /// REQUIRES: *this holds an error.
  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

/// The value of a function that has none.
struct Done {};
using Status = Result<Done>;

}  // namespace sluice
