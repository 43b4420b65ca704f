// The sink `file`: records in one file, compressed or not.
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/bgzf.h"
#include "stages/support/compressing.h"
#include "stages/support/encoding.h"
#include "stages/support/frame_encoder.h"
#include "stages/support/output_file.h"
#include "stages/support/output_split.h"
#include "stages/support/raw_writer.h"

namespace sluice {
namespace {

enum class Durability : std::uint8_t { rename, fsync };

}  // namespace

template <>
struct EnumNames<Durability> {
  static constexpr std::array<std::pair<std::string_view, Durability>, 2> names{
      {{"rename", Durability::rename}, {"fsync", Durability::fsync}}};
};

namespace {

struct Options : EncodingOptions, CompressingOptions {
  std::string path;
  bool index = false;
  bool append = false;
  Durability durability = Durability::rename;
  bool create_folders = true;
  bool overwrite = true;
  std::string permissions;
  SplitOptions split;

  OutputFileOptions output_file() const {
    return {append, create_folders, durability == Durability::fsync, overwrite,
            parse_permissions(permissions)};
  }
};

class FileSink final : public Sink {
 public:
  /// open() says in `earlier` what the output goes behind.
  FileSink(Options options, std::shared_ptr<EarlierOutput> earlier)
      : options_(std::move(options)), earlier_(std::move(earlier)) {}
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  ~FileSink() override { give_up(); }

  Status open(StageContext& context) override {
    context_ = &context;
    Status opened = open_file();
    if (opened) earlier_->exists = output_->has_earlier_content();
    return opened;
  }

  bool may_block() const override { return output_->may_block(); }

  Result<Next> write(const Batch& batch) override {
    if (batch.begins_file()) {
      Status next = go_on_with_next_file();
      if (!next) return std::move(next).error();
    }
    Result<Next> ready = make_writer();
    if (!ready || ready.value() == Next::finished) return ready;
    if (index_file_) index_.add(batch.bytes());
    return writer_->write(batch);
  }

  Status flush() override { return writer_ ? writer_->flush() : Done{}; }

  Status finish() override { return finish_file(); }

  void abandon() noexcept override { give_up(); }

 private:
  std::string path() const {
    return options_.split.is_on() ? numbered_path(options_.path, number_) : options_.path;
  }

  Status open_file() {
    Result<OutputFile> output = OutputFile::open(*context_, path(), options_.output_file());
    if (!output) return std::move(output).error();
    if (options_.split.is_on() && !output.value().is_regular()) return cannot_split();
    output_.emplace(std::move(output).value());
    if (!options_.index) return Done{};
    Result<OutputFile> index = OutputFile::open(*context_, path() + ".gzi", options_.output_file());
    if (!index) return std::move(index).error();
    index_file_.emplace(std::move(index).value());
    return Done{};
  }

  Error cannot_split() const {
    Error error;
    error.code = ErrorCode::bad_config;
    error.message = "cannot split the output: this is no regular file";
    error.file = path();
    return error;
  }

  Status go_on_with_next_file() {
    Status finished = finish_file();
    if (!finished) return finished;
    output_.reset();
    index_file_.reset();
    index_ = {};
    ++number_;
    return open_file();
  }

  Status finish_file() {
    // A FIFO without records is opened all the same: its reader waits for the end.
    Result<Next> ready = make_writer();
    if (!ready) return std::move(ready).error();
    if (ready.value() == Next::finished) return Done{};
    Status flushed = writer_->flush();
    if (!flushed) return flushed;
    writer_.reset();
    Status committed = output_->commit();
    return committed && index_file_ ? write_index() : committed;
  }

  Result<Next> make_writer() {
    if (writer_) return Next::again;
    Result<Next> connected = output_->connect();
    if (connected && connected.value() == Next::again) writer_.emplace(output_->file(), *context_);
    return connected;
  }

  Status write_index() {
    RawWriter writer(index_file_->file(), *context_);
    const Result<Next> written = writer.write(index_.encoded());
    if (!written) return written.error();
    Status flushed = writer.flush();
    return flushed ? index_file_->commit() : flushed;
  }

  void give_up() noexcept {
    if (writer_) writer_->flush_without_waiting();
    writer_.reset();
    output_.reset();
  }

  Options options_;
  std::shared_ptr<EarlierOutput> earlier_;
  StageContext* context_ = nullptr;
  std::optional<OutputFile> output_;
  std::optional<RawWriter> writer_;       ///< Writes to the file in output_.
  std::optional<OutputFile> index_file_;  ///< None: no index is wanted.
  BgzfIndex index_;
  std::uint64_t number_ = 1;  ///< Of the file, when there are several.
};

EncodingPlan encoding_of(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  return plan_encoding(options, options.path, input, diagnostics);
}

Error no_records_to_split() {
  Error error;
  error.code = ErrorCode::bad_config;
  error.message = "`split` cuts between records, and what comes in is bytes";
  return error;
}

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  Diagnostics none;
  const auto earlier = std::make_shared<EarlierOutput>();
  Parts encoders = encoding_parts(encoding_of(options, place.input, none), earlier);
  Parts parts;
  if (options.split.is_on()) {
    if (place.input_type == EdgeType::bytes) return no_records_to_split();
    parts.add(split_part(options.split, encoders.empty()));
  }
  parts.add(std::move(encoders));
  CompressingPlan compressing = plan_compressing(options, options.path);
  if (compressing.compression != Compression::none) {
    compressing.makes_files = options.split.is_on();
    Result<Parts> more = compressing_parts(compressing, context, earlier);
    if (!more) return more;
    parts.add(std::move(more).value());
  }
  parts.add(SinkPart{std::make_unique<FileSink>(options, earlier)});
  return parts;
}

void check_split(const Options& options, const OptionErrors& errors) {
  const bool has_number = options.path.find(number_in_path) != std::string::npos;
  const auto report = [&](const std::string& why, const std::string& hint) {
    errors.add("split", "option.conflict", "option 'split': " + why, hint);
  };
  if (!has_number) {
    report("every file needs a name of its own", "put `{number}` into the path");
  } else if (options.append) {
    report("a file that is split is not appended to", "leave out `append` or `split`");
  } else if (options.encoding == Encoding::table) {
    report("a table is one piece", "use another encoding, such as csv");
  } else if (const Compression compression = plan_compressing(options, options.path).compression;
             compression != Compression::none && !has_frames(compression)) {
    report(std::string(name_of(compression)) + " is written as one stream, by one thread",
           "use another compression, such as gzip or zstd");
  }
}

void check(const Options& options, const OptionErrors& errors) {
  if (options.split.is_on()) check_split(options, errors);
  if (!options.permissions.empty() && !parse_permissions(options.permissions)) {
    errors.add("permissions", "option.range",
               "option 'permissions': must be octal digits from 0000 to 0777, as in \"0640\"");
  }
  if (options.append && !options.overwrite) {
    errors.add("overwrite", "option.conflict", "option 'overwrite': `append` replaces nothing",
               "leave out `append` or `overwrite`");
  }
  check_compressing(options, options.path, errors);
  if (options.index && options.format != GzipFormat::bgzf) {
    errors.add("index", "option.conflict", "option 'index': only BGZF has an index beside it",
               "set `format: bgzf`");
  } else if (options.index && options.append) {
    errors.add("index", "option.conflict",
               "option 'index': it would not know what is in the file already",
               "leave out `append` or `index`");
  } else if (options.index && options.path == "-") {
    errors.add("index", "option.conflict",
               "option 'index': there is no place beside standard output", "name a file in `path`");
  }
}

constexpr const char* details =
    "A file appears under its name only when it is complete: until then it is `PATH.partial`, and "
    "stays that if the run fails or is stopped. An existing file is replaced and its permission "
    "bits are kept; a symbolic link is followed. Devices and FIFOs are written directly, and `-` "
    "is "
    "standard output. A FIFO is opened when there is something to write, and waits for its "
    "reader.\n"
    "\n"
    "With `split` every file is whole: its last record is not cut, it has the titles of `csv` and "
    "`tsv`, and its compressed frames are its own. It appears under its name as soon as the next "
    "one begins, and where it ends depends on the records alone, but for `every`: that goes by the "
    "time at which they were read, in multiples since 1970 (UTC). A file has at least one record. "
    "Files with higher numbers that an earlier run left stay.\n"
    "\n"
    "Compressed output is a sequence of independent frames of equal content (1MiB for gzip and "
    "lz4, "
    "2MiB and more for zstd and xz, the stronger the larger, one block for bzip2), made in "
    "parallel; every decompressor reads it, and its bytes do not depend on the number of threads. "
    "Behind the frames of zstd stands the seek table of its seekable format, unless the file is "
    "appended to. "
    "The last record of an input file may lack its line end; it gets one when another record "
    "follows.";

}  // namespace

void register_file_sink(Registry& registry) {
  Declare<Options> type(Role::sink, "file", "Writes records to a file.");
  type.input(EdgeType::any)
      .main("path")
      .required("path", &Options::path, "Where to write; `-` is standard output.", NotEmpty{})
      .option<CompressionChoice>(
          "compression", &Options::compression,
          "How to compress; `auto` goes by the end of the path: .gz .bgz .zst .lz4 .bz2 .xz .zz.");
  declare_compressing_options(type)
      .option("index", &Options::index,
              "Writes the index of a BGZF file beside it, as `PATH.gzi`, for programs that read "
              "parts of it.")
      .option("append", &Options::append,
              "Writes behind what the file already holds, directly, without a temporary file. The "
              "titles of `csv` and `tsv` are written to an empty file only.")
      .option("overwrite", &Options::overwrite,
              "Whether a file that is there already is replaced; else it is an error.")
      .option(
          "permissions", &Options::permissions,
          "Permission bits of the file, in octal, whatever the umask; those of the file that is "
          "replaced, or else the usual ones, if not given.")
      .option("split", &Options::split,
              "Goes on with another file when one has so many `bytes` of the records' texts, so "
              "many `records`, or what was read `every` so long. The path needs `{number}`, which "
              "becomes 000001 and so on.")
      .option("durability", &Options::durability,
              "With `fsync` the run does not succeed before file and folder are on disk; with "
              "`rename` the file is complete, but the system writes it to disk when it likes.")
      .option("create_folders", &Options::create_folders,
              "Makes the folders above the file that are missing.")
      .details(details)
      .example(
          "- sink: file\n"
          "  path: out/errors.log.zst\n"
          "  level: 9\n")
      .check(check)
      .make_in_place(make);
  declare_encoded(type, encoding_of);
  registry.add(declare_encoding_options(type).done());
}

}  // namespace sluice
