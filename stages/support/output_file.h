// A file that a sink makes: how it is opened, and how it becomes final.
//
// A regular file is written as PATH.partial beside its place and renamed onto PATH when it is
// complete, so that nobody ever sees half a file under its final name. What a stopped or failed run
// wrote stays as PATH.partial. Appending, devices and FIFOs know no such step: they are written
// directly. `-` is standard output.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "engine/stage/stage.h"
#include "engine/stage/stage_context.h"

namespace sluice {

struct OutputFileOptions {
  bool append = false;         ///< Writes behind what is there; no temporary.
  bool create_folders = true;  ///< Makes the folders above the file that are missing.
  bool force_to_disk = false;  ///< commit() does not return before file and folder are on disk.
  bool overwrite = true;       ///< False: an error when a regular file is there, or comes up.
  /// Permission bits of the file, whatever the umask. Nothing: those of the file that it takes the
  /// place of, or the usual ones. What is appended to keeps its own if it was there.
  std::optional<mode_t> permissions;
};

/// Permission bits from octal digits, "0640"; nothing if it is none.
std::optional<mode_t> parse_permissions(std::string_view text);

/// Move-only; one thread at a time. Destroyed without commit(), it closes and leaves PATH.partial.
///
/// A symbolic link is written through: what it points to is replaced. A replaced file's permission
/// bits are kept. The temporary is locked (flock) while it is written: a second run on the same
/// path is refused, and a temporary that nobody holds is the rest of an earlier run and is removed.
class OutputFile {
 public:
  /// Checks `path`, claims it (StageContext::claims) and opens it; a FIFO is only checked, see
  /// connect(). Errors name the file and what was being done: a folder is in the way, a source
  /// reads the same file, no permission. `context` outlives the object.
  static Result<OutputFile> open(StageContext& context, const std::string& path,
                                 const OutputFileOptions& options);

  /// True when bytes stay where they are written to: no device, no FIFO.
  bool is_regular() const noexcept { return kind_ == Kind::temporary || kind_ == Kind::appended; }

  /// True when writing may wait for somebody else.
  bool may_block() const noexcept { return !is_regular(); }

  /// Waits until a FIFO has a reader and opens it; does nothing if it is open already or for all
  /// other files. `finished` when the run is given up meanwhile.
  Result<Next> connect();

  /// REQUIRES: connect() answered `again`.
  File& file() noexcept { return file_; }
  /// True when there were bytes before; only ever when appending.
  bool has_earlier_content() const noexcept { return has_earlier_content_; }

  /// All is written: closes the file, reporting what that says, and gives it its final name.
  Status commit();

 private:
  enum class Kind : std::uint8_t { temporary, appended, direct, fifo };

  OutputFile(StageContext& context, Kind kind, std::string path)
      : context_(&context), kind_(kind), path_(std::move(path)) {}

  static Result<OutputFile> open_special(StageContext& context, const std::string& path,
                                         const struct stat& existing);
  Status claim_partial();
  Status open_appended(const struct stat* existing);
  Status open_temporary(const struct stat* existing);
  Status make_partial(mode_t mode);
  Status set_permissions(mode_t mode);
  Status force_folder() const;
  std::string partial_path() const { return path_ + ".partial"; }

  StageContext* context_;
  Kind kind_;
  OutputFileOptions options_;
  bool has_earlier_content_ = false;
  std::string path_;  ///< Where the content shall be, links resolved.
  File file_;
  File lock_;  ///< The temporary once more: keeps the lock until it is renamed, after file_ is
               ///< closed.
};

}  // namespace sluice
