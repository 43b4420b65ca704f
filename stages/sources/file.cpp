// The source `file`: the records of files, one file after the other.
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/file_reading.h"
#include "stages/support/glob.h"
#include "stages/support/input_options.h"

namespace sluice {
namespace {

struct FileOptions : InputOptions {
  FileOptions() noexcept { framing = Framing::automatic; }
  std::vector<std::string> paths;
  bool allow_empty = false;
};

class FileSource final : public Source {
 public:
  FileSource(const FileOptions& options, StageContext& context)
      : options_(options), context_(context), reading_(options, default_linger, context) {}

  Status open(StageContext& /*context*/) override {
    for (const std::string& path : options_.paths) {
      Status status = add(path);
      if (!status) return status;
    }
    return reading_.prepare();
  }

  bool may_block() const override { return may_block_; }

  Result<Next> read(Batch& batch) override {
    while (true) {
      if (input_ == nullptr) {
        if (next_file_ == files_.size() || reading_.stopped()) return Next::finished;
        Result<std::unique_ptr<Input>> input = reading_.open(files_[next_file_]);
        if (!input) return std::move(input).error();
        input_ = std::move(input).value();
        ++next_file_;
      }
      Origin origin = batch.origin();
      origin.file = static_cast<std::uint32_t>(next_file_ - 1);
      batch.set_origin(origin);
      Result<Next> next = input_->read(batch);
      if (!next || next.value() != Next::finished) return next;
      input_.reset();
    }
  }

  std::unique_ptr<Loader> make_loader() override { return reading_.make_loader(); }
  void stop() noexcept override { reading_.stop(); }
  Progress progress() const override { return {total_bytes_, reading_.read_bytes()}; }

 private:
  /// `path` as the user wrote it. A file that is called like a pattern is that file.
  Status add(const std::string& path) {
    struct stat ignored {};
    if (!is_glob(path) || context_.io().stat(path.c_str(), &ignored) == 0) return add_file(path);
    const Result<std::vector<std::string>> found = expand_glob(path);
    if (!found) return found.error();
    if (found.value().empty() && !options_.allow_empty) {
      Error error;
      error.code = ErrorCode::io;
      error.message = "no file matches (set allow_empty if there may be none)";
      error.file = path;
      return error;
    }
    for (const std::string& file : found.value()) {
      Status status = add_file(file);
      if (!status) return status;
    }
    return Done{};
  }

  Status add_file(const std::string& path) {
    const Result<struct stat> status = reading_.examine(path);
    if (!status) return status.error();
    const struct stat& file = status.value();
    if (!seen_.emplace(file.st_dev, file.st_ino).second) return Done{};
    files_.push_back(path);
    if (S_ISREG(file.st_mode)) {
      total_bytes_ += static_cast<std::uint64_t>(file.st_size);
    } else {
      may_block_ = true;
    }
    return Done{};
  }

  FileOptions options_;
  StageContext& context_;
  FileReading reading_;
  std::vector<std::string> files_;
  std::set<std::pair<dev_t, ino_t>> seen_;
  std::uint64_t total_bytes_ = 0;
  bool may_block_ = false;
  std::size_t next_file_ = 0;
  std::unique_ptr<Input> input_;
};

void check_file(const FileOptions& options, const OptionErrors& errors) {
  const auto& paths = options.paths;
  if (std::find(paths.begin(), paths.end(), std::string()) == paths.end()) return;
  errors.add("paths", "option.empty", "option 'paths': a path must not be empty",
             "a variable in it may be empty");
}

Result<Parts> make_file(const FileOptions& given, StageContext& context, const StagePlace& place) {
  const FileOptions options = resolved(given, place);
  Parts parts;
  parts.emplace_back(SourcePart{std::make_unique<FileSource>(options, context),
                                longest_record(options), /*has_loader=*/true,
                                usual_batch(options)});
  return parts;
}

}  // namespace

void register_file(Registry& registry) {
  Declare<FileOptions> type(Role::source, "file", "Reads files, one after the other.");
  type.main("paths")
      .details(
          "Plain files are read in parallel, in pieces of the size of a buffer. Compressed ones "
          "(gzip, zstd) are decoded in parallel when they are made of parts whose borders can be "
          "seen without decoding: zstd frames, and gzip members that carry their size (those that "
          "sluice writes, and BGZF), as long as a part holds at most 1MiB, or as much as a buffer. "
          "From a larger part or a member without a size on, one thread decodes the rest of the "
          "file, and what follows works in parallel on the result. Records come in the order of "
          "the files and of the lines in them.\n\n"
          "A pattern may have `*`, `?` and `[...]` within a name, and `**` for directories to any "
          "depth. Its files are read in the order of their paths, without hidden ones and without "
          "those in `*.partial`, which are not complete yet. A file that is named twice is read "
          "once. `-` is standard input; FIFOs and devices are read as they deliver.\n\n"
          "A file is read up to where it ended when its turn came: what is appended later is left "
          "for another run. A last line without a line end is a record like any other.")
      .example(
          "- source: file\n"
          "  paths: [/var/log/nginx/access.log, \"/var/log/nginx/access.log.*.gz\"]\n"
          "  on_corrupt: keep\n")
      .required("paths", &FileOptions::paths,
                "The files to read: paths, patterns, or `-` for standard input, in the order in "
                "which they are read.",
                NotEmpty{})
      .option("allow_empty", &FileOptions::allow_empty,
              "Whether a pattern may match no file. A path without pattern signs must exist.");
  declare_input_options(type).check(check_file).make_in_place(make_file);
  registry.add(type.done());
}

}  // namespace sluice
