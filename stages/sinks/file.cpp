// The sink `file`: records in one file, compressed or not.
#include <array>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/bgzf.h"
#include "stages/support/compressing.h"
#include "stages/support/encoding.h"
#include "stages/support/output_file.h"
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

  OutputFileOptions output_file() const {
    return {append, create_folders, durability == Durability::fsync};
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
    Result<OutputFile> output = OutputFile::open(context, options_.path, options_.output_file());
    if (!output) return std::move(output).error();
    output_.emplace(std::move(output).value());
    earlier_->exists = output_->has_earlier_content();
    if (!options_.index) return Done{};
    Result<OutputFile> index =
        OutputFile::open(context, options_.path + ".gzi", options_.output_file());
    if (!index) return std::move(index).error();
    index_file_.emplace(std::move(index).value());
    return Done{};
  }

  bool may_block() const override { return output_->may_block(); }

  Result<Next> write(const Batch& batch) override {
    Result<Next> ready = make_writer();
    if (!ready || ready.value() == Next::finished) return ready;
    if (index_file_) index_.add(batch.bytes());
    return writer_->write(batch);
  }

  Status flush() override { return writer_ ? writer_->flush() : Done{}; }

  Status finish() override {
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

  void abandon() noexcept override { give_up(); }

 private:
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
};

EncodingPlan encoding_of(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  return plan_encoding(options, options.path, input, diagnostics);
}

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  encoding_of(options, input, diagnostics);
  return input;
}

Demand input_demand(const Options& options, const StagePlace& place) {
  Diagnostics none;
  return demand_of(encoding_of(options, place.input, none));
}

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  Diagnostics none;
  const auto earlier = std::make_shared<EarlierOutput>();
  Parts parts = encoding_parts(encoding_of(options, place.input, none), earlier);
  const CompressingPlan compressing = plan_compressing(options, options.path);
  if (compressing.compression != Compression::none) {
    Result<Parts> more = compressing_parts(compressing, context, earlier);
    if (!more) return more;
    std::move(more.value().begin(), more.value().end(), std::back_inserter(parts));
  }
  parts.emplace_back(SinkPart{std::make_unique<FileSink>(options, earlier)});
  return parts;
}

void check(const Options& options, const OptionErrors& errors) {
  check_compressing(options, options.path, errors);
  if (options.index && options.format != GzipFormat::bgzf) {
    errors.add("index", "option.conflict", "option 'index': only BGZF has an index beside it",
               "set `format: bgzf`");
  } else if (options.index && options.append) {
    errors.add("index", "option.conflict",
               "option 'index': it would not know what is in the file already",
               "leave out `append` or `index`");
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
    "Compressed output is a sequence of independent frames of 1MiB of content each, made in "
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
      .option<OutputCompression>(
          "compression", &Options::compression,
          "How to compress; `auto` goes by the end of the path: .gz .bgz .zst .lz4 .bz2 .xz .zz.");
  declare_compressing_options(type)
      .option("index", &Options::index,
              "Writes the index of a BGZF file beside it, as `PATH.gzi`, for programs that read "
              "parts of it.")
      .option("append", &Options::append,
              "Writes behind what the file already holds, directly, without a temporary file. The "
              "titles of `csv` and `tsv` are written to an empty file only.")
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
      .schema(output_schema)
      .demand(input_demand)
      .make_in_place(make);
  registry.add(declare_encoding_options(type).done());
}

}  // namespace sluice
