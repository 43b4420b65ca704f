#include "stages/support/file_loading.h"

#include <span>
#include <utility>

#include "stages/support/frame_batch.h"
#include "stages/support/range_reading.h"
#include "stages/support/text_place.h"

namespace sluice {
namespace {

class FileLoader final : public Loader {
 public:
  FileLoader(const InputOptions& options, const CodecSettings& settings, StageContext& context)
      : options_(options),
        context_(context),
        parts_(options, options.on_corrupt, settings, context) {}

  Status load(Batch& batch) override {
    const auto work = std::static_pointer_cast<const LoadedWork>(batch.work());
    if (work == nullptr) return Done{};
    const std::uint64_t size = batch.work_size();
    batch.set_work(nullptr, 0);
    const LoadedFile& file = *work->file;
    batch.set_origin_name({work->file, &file.name});
    // From where the offsets of this batch count to where those of the next one do.
    std::optional<std::uint64_t> content = 0;
    const Result<std::span<char>> text = work->parts
                                             ? load_parts(file, *work->parts, batch, content)
                                         : size > 0 ? load_range(file, size, batch)
                                                    : received_text(batch);
    if (!text) return text.error();
    const TextPlace place{file.name, batch.origin().offset, file.decompressed, work->offset_base};
    const Result<std::uint64_t> lines = frame_batch(batch, text.value(), options_, place, context_);
    if (!lines) return lines.error();
    file.lines->framed(*batch.input_place(), lines.value(), content);
    return Done{};
  }

 private:
  /// What a stream left in the buffer, which nobody else has yet.
  static std::span<char> received_text(const Batch& batch) {
    const auto begin = static_cast<std::size_t>(batch.bytes().data() - batch.buffer()->data());
    return batch.buffer()->room().subspan(begin, batch.bytes().size());
  }

  Result<std::span<char>> load_range(const LoadedFile& file, std::uint64_t size, Batch& batch) {
    const FileRange range{batch.origin().offset, size, file.begin, file.end};
    const Result<RangeText> loaded = read_range(file.file, range, options_, *batch.buffer());
    if (!loaded) return loaded.error();
    if (loaded.value().file_shrank) {
      context_.warn("file_shrank", 1,
                    file.name + " ends before byte " + std::to_string(file.end) +
                        ", where it ended when it was opened");
    }
    Origin origin = batch.origin();
    origin.offset = loaded.value().offset;
    origin.stored_offset = origin.offset;
    batch.set_origin(origin);
    return loaded.value().text;
  }

  Result<std::span<char>> load_parts(const LoadedFile& file, const PartGroup& parts, Batch& batch,
                                     std::optional<std::uint64_t>& content) {
    const auto loaded = parts_.load(file.file, parts, *batch.buffer());
    if (!loaded) return loaded.error();
    Origin origin = batch.origin();
    content = loaded.value().content;
    if (content) *content += origin.offset;
    origin.offset += loaded.value().offset;
    batch.set_origin(origin);
    return loaded.value().text;
  }

  InputOptions options_;
  StageContext& context_;
  PartLoader parts_;
};

}  // namespace

std::shared_ptr<InputLedger> make_ledger(const FramingOptions& options) {
  return std::make_shared<InputLedger>(counts_lines(options) ? 1 : 0);
}

void set_work(Batch& batch, std::shared_ptr<const LoadedWork> work, std::uint64_t offset,
              std::uint64_t stored_offset, std::uint64_t size) {
  Origin origin = batch.origin();
  origin.offset = offset;
  origin.stored_offset = stored_offset;
  batch.set_origin(origin);
  batch.set_input_place(work->file->lines->next(!work->offset_base));
  batch.input_place()->part = work->offset_base;
  batch.set_work(std::move(work), size);
}

std::unique_ptr<Loader> make_file_loader(const InputOptions& options, const CodecSettings& settings,
                                         StageContext& context) {
  return std::make_unique<FileLoader>(options, settings, context);
}

}  // namespace sluice
