// The source `file`: the records of files, one file after the other.
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/file_reading.h"
#include "stages/support/glob.h"
#include "stages/support/input_options.h"

namespace sluice {
namespace {

enum class FileOrder : bool { name, time };

}  // namespace

template <>
struct EnumNames<FileOrder> {
  static constexpr std::array<std::pair<std::string_view, FileOrder>, 2> names{
      {{"name", FileOrder::name}, {"time", FileOrder::time}}};
};

namespace {

struct FileOptions : InputOptions {
  FileOptions() noexcept { framing = Framing::automatic; }
  std::vector<std::string> paths;
  std::vector<std::string> exclude;
  bool allow_empty = false;
  FileOrder sort = FileOrder::name;
  std::optional<ByteSize> start;
  std::optional<ByteSize> end;

  std::optional<ByteRange> range() const {
    if (!start && !end) return std::nullopt;
    ByteRange range{start.value_or(ByteSize{}).bytes, std::nullopt};
    if (end) range.end = end->bytes;
    return range;
  }
};

class FileSource final : public Source {
 public:
  FileSource(const FileOptions& options, StageContext& context)
      : options_(options),
        context_(context),
        reading_(options, default_linger, context, options.range()) {}

  Status open(StageContext& /*context*/) override {
    for (const std::string& path : options_.paths) {
      Status status = add(path);
      if (!status) return status;
    }
    if (options_.sort == FileOrder::time) {
      std::sort(files_.begin(), files_.end(), [](const FoundFile& a, const FoundFile& b) {
        return std::tie(a.changed.tv_sec, a.changed.tv_nsec, a.path) <
               std::tie(b.changed.tv_sec, b.changed.tv_nsec, b.path);
      });
    }
    return reading_.prepare();
  }

  bool may_block() const override { return may_block_; }

  Result<Next> read(Batch& batch) override {
    while (true) {
      if (input_ == nullptr) {
        if (next_file_ == files_.size() || reading_.stopped()) return Next::finished;
        Result<std::unique_ptr<Input>> input = reading_.open(files_[next_file_].path);
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
  struct FoundFile {
    std::string path;
    timespec changed{};
  };

  /// `path` as the user wrote it. A file that is called like a pattern is that file.
  Status add(const std::string& path) {
    struct stat ignored {};
    if (!is_glob(path) || context_.io().stat(path.c_str(), &ignored) == 0) return add_file(path);
    Result<std::vector<std::string>> found = expand_glob(path);
    if (!found) return found.error();
    std::erase_if(found.value(), [this](const std::string& file) { return is_excluded(file); });
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

  bool is_excluded(const std::string& file) const {
    return std::any_of(options_.exclude.begin(), options_.exclude.end(),
                       [&](const std::string& pattern) { return matches_glob(pattern, file); });
  }

  Status add_file(const std::string& path) {
    const Result<struct stat> status = reading_.examine(path);
    if (!status) return status.error();
    const struct stat& file = status.value();
    if (!seen_.emplace(file.st_dev, file.st_ino).second) return Done{};
    files_.push_back({path, file.st_mtim});
    if (S_ISREG(file.st_mode)) {
      const auto size = static_cast<std::uint64_t>(file.st_size);
      const ByteRange range = options_.range().value_or(ByteRange{});
      const std::uint64_t end = std::min(range.end.value_or(size), size);
      total_bytes_ += end - std::min(range.start, end);
    } else {
      may_block_ = true;
    }
    return Done{};
  }

  FileOptions options_;
  StageContext& context_;
  FileReading reading_;
  std::vector<FoundFile> files_;
  std::set<std::pair<dev_t, ino_t>> seen_;
  std::uint64_t total_bytes_ = 0;
  bool may_block_ = false;
  std::size_t next_file_ = 0;
  std::unique_ptr<Input> input_;
};

void check_file(const FileOptions& options, const OptionErrors& errors) {
  const auto& paths = options.paths;
  if (std::find(paths.begin(), paths.end(), std::string()) != paths.end()) {
    errors.add("paths", "option.empty", "option 'paths': a path must not be empty",
               "a variable in it may be empty");
  }
  errors.refuse_empty_text("exclude", options.exclude);
  if (!options.start && !options.end) return;
  if (options.end && options.start.value_or(ByteSize{}) >= *options.end) {
    errors.add("end", "option.range", "option 'end': must be behind `start`");
  }
  const bool begins_anywhere = options.framing == Framing::automatic ||
                               options.framing == Framing::lines ||
                               options.framing == Framing::none;
  if (!begins_anywhere || options.delimiter) {
    errors.add(options.delimiter ? "delimiter" : "framing", "option.conflict",
               std::string("option '") + (options.delimiter ? "delimiter" : "framing") +
                   "': where such records begin is known only from the start of a file on",
               "leave `start` and `end` out, or use framing `lines`");
  }
}

Result<Parts> make_file(const FileOptions& given, StageContext& context, const StagePlace& place) {
  const FileOptions options = resolved(given, place);
  Parts parts;
  parts.add(SourcePart{std::make_unique<FileSource>(options, context), longest_record(options),
                       /*has_loader=*/true, usual_batch(options, options.paths)});
  return parts;
}

}  // namespace

void register_file(Registry& registry) {
  Declare<FileOptions> type(Role::source, "file", "Reads files, one after the other.");
  type.main("paths")
      .details(
          "Plain files are read in parallel, in pieces of the size of a buffer. Compressed ones "
          "(gzip, zstd, xz) are decoded in parallel when they are made of parts whose borders can "
          "be seen without decoding: zstd frames, blocks of xz, and gzip members that carry their "
          "size (those that sluice writes, and BGZF), as long as a part holds at most 2MiB, or as "
          "much as a buffer; a block of xz 8MiB, where `compression` or the end of a path in "
          "`paths` says xz. From a larger part or a member without a size on, one thread decodes "
          "the rest of the file, and what follows works in parallel on the result. Records come in "
          "the order of "
          "the files and of the lines in them.\n\n"
          "A pattern may have `*`, `?` and `[...]` within a name, and `**` for directories to any "
          "depth. Its files are read in the order of their paths, without hidden ones and without "
          "those in `*.partial`, which are not complete yet, unless `sort` says otherwise. A file "
          "that is named twice is read once. `-` is standard input; FIFOs and devices are read as "
          "they deliver.\n\n"
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
              "Whether a pattern may match no file. A path without pattern signs must exist.")
      .option("exclude", &FileOptions::exclude,
              "Patterns of files to leave out of those that the patterns in `paths` find. One "
              "without a slash is for the names of files, in whatever directory; another one for "
              "their paths, as in `logs/old/**`.")
      .option("sort", &FileOptions::sort,
              "The order in which files are read: that of `paths`, and those of a pattern by "
              "`name`, that is by their path; or all of them by the `time` of their last change, "
              "the oldest first, and by path where it is the same.")
      .option("start", &FileOptions::start,
              "Where to begin in each file: the first record is the first one that begins there or "
              "further on. For plain files only; records have no `meta.line` then.")
      .option("end", &FileOptions::end,
              "Where to end in each file: the last record is the last one that begins in front of "
              "there. With `start`, several runs can share a file and miss or repeat no record. "
              "For plain files only.");
  declare_input_options(type).check(check_file).make_in_place(make_file);
  registry.add(type.done());
}

}  // namespace sluice
