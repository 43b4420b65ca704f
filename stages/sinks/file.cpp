// The sink `file`: records in one file, compressed or not.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "engine/data/scan.h"
#include "engine/stage/registry.h"
#include "stages/support/compression.h"
#include "stages/support/encoding.h"
#include "stages/support/frame_encoder.h"
#include "stages/support/line_joiner.h"
#include "stages/support/output_file.h"
#include "stages/support/raw_writer.h"

namespace sluice {
namespace {

enum class Codec : std::uint8_t { by_name, none, gzip, zstd };
enum class Durability : std::uint8_t { rename, fsync };

}  // namespace

template <>
struct EnumNames<Codec> {
  static constexpr std::array<std::pair<std::string_view, Codec>, 4> names{
      {{"auto", Codec::by_name},
       {"none", Codec::none},
       {"gzip", Codec::gzip},
       {"zstd", Codec::zstd}}};
};

template <>
struct EnumNames<Durability> {
  static constexpr std::array<std::pair<std::string_view, Durability>, 2> names{
      {{"rename", Durability::rename}, {"fsync", Durability::fsync}}};
};

namespace {

struct Options : EncodingOptions {
  std::string path;
  Codec compression = Codec::by_name;
  std::optional<int> level;
  bool append = false;
  Durability durability = Durability::rename;
  bool create_folders = true;
};

Compression compression_of(const Options& options) {
  switch (options.compression) {
    case Codec::gzip:
      return Compression::gzip;
    case Codec::zstd:
      return Compression::zstd;
    case Codec::none:
      return Compression::none;
    case Codec::by_name:
      break;
  }
  return from_path(options.path);
}

int level_of(const Options& options) {
  return options.level.value_or(levels_of(compression_of(options)).standard);
}

/// Cuts the output into equal frames, wherever a record may end: so the bytes of the file depend on
/// its content only, not on threads or buffers.
class FrameGather final : public Gather {
 public:
  static constexpr ByteSize frame_size = 1_MiB;

  Result<Step> gather(const Batch& in, std::uint64_t position, Batch& out) override {
    fill_ = out.bytes().size();
    std::uint64_t seen = 0;
    Step step{position, false};
    in.for_each_piece([&](std::string_view piece) {
      const std::uint64_t start = seen;
      seen += piece.size();
      if (seen <= step.position || room() == 0) return;
      if (start == step.position && joiner_.is_line_open(in)) take("\n", out);
      step.position += take(piece.substr(step.position - start), out);
    });
    count(out);
    step.full = room() == 0;
    if (step.full) seal(out);
    return step;
  }

  Result<bool> finish(Batch& out) override {
    if (out.bytes().empty()) return false;
    if (!out.bytes().ends_with('\n')) {
      out.set_bytes(out.bytes(), out.record_count() + 1);  // the last record ends here, too
    }
    seal(out);
    return true;
  }

 private:
  std::size_t room() const { return frame_size.bytes - fill_; }

  /// Answers how much of `text` it took.
  std::size_t take(std::string_view text, Batch& out) {
    text = text.substr(0, room());
    if (text.empty()) return 0;
    text.copy(out.buffer()->data() + fill_, text.size());
    fill_ += text.size();
    joiner_.wrote(text);
    return text.size();
  }

  /// Makes what was taken the content of `out`.
  void count(Batch& out) const {
    const std::size_t before = out.bytes().size();
    const std::string_view all(out.buffer()->data(), fill_);
    out.set_bytes(all, out.record_count() + count_newlines(all.substr(before)));
  }

  static void seal(Batch& out) {
    out.buffer()->seal(out.bytes().size());
    out.set_stream(true);
  }

  LineJoiner joiner_;
  std::size_t fill_ = 0;  ///< Bytes in the frame that is being filled.
};

class FrameRewrite final : public Rewrite {
 public:
  explicit FrameRewrite(std::unique_ptr<FrameEncoder> encoder) : encoder_(std::move(encoder)) {}

  Result<std::optional<std::size_t>> rewrite(const Batch& batch, std::span<char> out) override {
    const Result<std::size_t> size = encoder_->encode(batch.bytes(), out);
    if (!size) return size.error();
    return std::optional(size.value());
  }

 private:
  std::unique_ptr<FrameEncoder> encoder_;
};

class FileSink final : public Sink {
 public:
  /// `empty_content` is what a file without records holds: nothing, or an empty frame. open() says
  /// in `earlier` what the output goes behind.
  FileSink(Options options, std::string empty_content, std::shared_ptr<EarlierOutput> earlier)
      : options_(std::move(options)),
        empty_content_(std::move(empty_content)),
        earlier_(std::move(earlier)) {}
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  ~FileSink() override { give_up(); }

  Status open(StageContext& context) override {
    context_ = &context;
    Result<OutputFile> output = OutputFile::open(
        context, options_.path,
        {options_.append, options_.create_folders, options_.durability == Durability::fsync});
    if (!output) return std::move(output).error();
    output_.emplace(std::move(output).value());
    earlier_->exists = output_->has_earlier_content();
    return Done{};
  }

  bool may_block() const override { return output_->may_block(); }

  Result<Next> write(const Batch& batch) override {
    Result<Next> ready = make_writer();
    if (!ready || ready.value() == Next::finished) return ready;
    return writer_->write(batch);
  }

  Status flush() override { return writer_ ? writer_->flush() : Done{}; }

  Status finish() override {
    // A FIFO without records is opened all the same: its reader waits for the end.
    Result<Next> ready = make_writer();
    if (!ready) return std::move(ready).error();
    if (ready.value() == Next::finished) return Done{};
    if (writer_->accepted_bytes() == 0 && !output_->has_earlier_content()) {
      Result<Next> written = writer_->write(empty_content_);
      if (!written) return std::move(written).error();
    }
    Status flushed = writer_->flush();
    if (!flushed) return flushed;
    writer_.reset();
    return output_->commit();
  }

  void abandon() noexcept override { give_up(); }

 private:
  Result<Next> make_writer() {
    if (writer_) return Next::again;
    Result<Next> connected = output_->connect();
    if (connected && connected.value() == Next::again) writer_.emplace(output_->file(), *context_);
    return connected;
  }

  void give_up() noexcept {
    if (writer_) writer_->flush_without_waiting();
    writer_.reset();
    output_.reset();
  }

  Options options_;
  std::string empty_content_;
  std::shared_ptr<EarlierOutput> earlier_;
  StageContext* context_ = nullptr;
  std::optional<OutputFile> output_;
  std::optional<RawWriter> writer_;  ///< Writes to the file in output_.
};

Result<Parts> compressed_parts(const Options& options, Parts parts,
                               std::shared_ptr<EarlierOutput> earlier) {
  const Compression compression = compression_of(options);
  const int level = level_of(options);
  Result<std::unique_ptr<FrameEncoder>> made = make_frame_encoder(compression, level);
  if (!made) return std::move(made).error();
  const std::shared_ptr<FrameEncoder> encoder = std::move(made).value();

  std::string empty_frame(encoder->bound(0), '\0');
  Result<std::size_t> size = encoder->encode({}, empty_frame);
  if (!size) return std::move(size).error();
  empty_frame.resize(size.value());

  parts.emplace_back(GatherPart{std::make_unique<FrameGather>(), FrameGather::frame_size});
  parts.emplace_back(RewritePart{
      [compression, level]() -> Result<std::unique_ptr<Rewrite>> {
        Result<std::unique_ptr<FrameEncoder>> own = make_frame_encoder(compression, level);
        if (!own) return std::move(own).error();
        return std::unique_ptr<Rewrite>(std::make_unique<FrameRewrite>(std::move(own).value()));
      },
      [encoder](std::size_t input) { return encoder->bound(input); }});
  parts.emplace_back(
      SinkPart{std::make_unique<FileSink>(options, std::move(empty_frame), std::move(earlier))});
  return parts;
}

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

Result<Parts> make(const Options& options, StageContext& /*context*/, const StagePlace& place) {
  Diagnostics none;
  const auto earlier = std::make_shared<EarlierOutput>();
  Parts parts = encoding_parts(encoding_of(options, place.input, none), earlier);
  if (compression_of(options) != Compression::none) {
    return compressed_parts(options, std::move(parts), earlier);
  }
  parts.emplace_back(SinkPart{std::make_unique<FileSink>(options, std::string(), earlier)});
  return parts;
}

void check(const Options& options, const OptionErrors& errors) {
  if (!options.level) return;
  const Compression compression = compression_of(options);
  if (compression == Compression::none) {
    errors.add("level", "option.conflict", "option 'level': the output is not compressed",
               "set `compression: zstd` or `gzip`, or end the path in .zst or .gz");
    return;
  }
  const LevelRange range = levels_of(compression);
  if (range.lowest <= *options.level && *options.level <= range.highest) return;
  errors.add("level", "option.range",
             "option 'level': must be from " + std::to_string(range.lowest) + " to " +
                 std::to_string(range.highest) + " for " + std::string(name_of(compression)));
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
    "The last record of an input file may lack its line end; it gets one when another record "
    "follows.";

}  // namespace

void register_file_sink(Registry& registry) {
  Declare<Options> type(Role::sink, "file", "Writes records to a file.");
  type.input(EdgeType::any)
      .main("path")
      .required("path", &Options::path, "Where to write; `-` is standard output.", NotEmpty{})
      .option("compression", &Options::compression,
              "How to compress; `auto` goes by the end of the path (.gz, .zst).")
      .option("level", &Options::level,
              "How hard to compress: 1 to 9 for gzip (6 if not given), 1 to 19 for zstd (3).")
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
