#include "stages/support/frame_batch.h"

#include <utility>

namespace sluice {
namespace {

/// Seals the first `size` bytes of `text`.
std::string_view seal(Batch& batch, std::span<char> text, std::size_t size) {
  Buffer& buffer = *batch.buffer();
  buffer.seal(static_cast<std::size_t>(text.data() - buffer.data()) + size);
  return {text.data(), size};
}

}  // namespace

Result<std::uint64_t> frame_batch(Batch& batch, std::span<char> text, const FramingOptions& options,
                                  const TextPlace& place, StageContext& context) {
  if (is_separated(options.framing)) {
    Result<FramedRecords> records = limit_records(text, options, place, context);
    if (!records) return std::move(records).error();
    batch.set_bytes(seal(batch, text, text.size()), records.value().rows.size());
    batch.set_rows(records.value().rows);
    return records.value().lines;
  }
  Result<FramedLines> lines = limit_lines(text, options, place, context);
  if (!lines) return std::move(lines).error();
  if (batch.input_place()) batch.input_place()->gaps = std::move(lines.value().gaps);
  batch.set_bytes(seal(batch, text, lines.value().size), lines.value().records);
  batch.set_stream(options.framing == Framing::none);
  return lines.value().lines;
}

}  // namespace sluice
