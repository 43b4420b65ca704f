// Records of separated fields, on any bytes: that they are the same however a stream is cut into
// pieces and buffers, and that nothing is lost. The first bytes choose the pieces.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/io.h"
#include "engine/data/buffer_pool.h"
#include "engine/stage/stage_context.h"
#include "stages/support/line_framing.h"

namespace {

using namespace sluice;

/// The records, one behind the other, with their lengths.
std::string records_of(std::string_view text, std::size_t buffer_size, std::size_t piece,
                       const FramingOptions& options) {
  Io io;
  Clock clock;
  FileClaims claims;
  StageContext context(io, clock, claims);
  BufferPool buffers({1, buffer_size, buffer_size + longest_record(options).bytes, 0, 0});
  StreamFramer framer(options);
  std::string records;
  for (bool ended = false; !ended;) {
    const BufferPtr buffer = buffers.try_take();
    framer.start(*buffer);
    for (auto room = framer.room(); !room.empty() && !text.empty(); room = framer.room()) {
      const std::size_t count = std::min({room.size(), piece, text.size()});
      std::copy_n(text.data(), count, room.data());
      framer.add(count);
      text.remove_prefix(count);
    }
    ended = text.empty();
    const std::span<char> taken = ended ? framer.take_all() : framer.take_lines();
    if (taken.empty() && !ended) std::abort();
    const Result<FramedRecords> framed = limit_records(taken, options, {}, context);
    for (const Slice row : framed.value().rows) {
      if (row.length == 0 || row.offset + row.length > taken.size()) std::abort();
      records += std::to_string(row.length) + ":";
      records.append(taken.data() + row.offset, row.length);
    }
    buffer->seal(static_cast<std::size_t>(taken.data() - buffer->data()) + taken.size());
  }
  return records;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  FramingOptions options;
  options.framing = data[0] % 2 == 0 ? Framing::csv : Framing::tsv;
  options.max_record = ByteSize{16U + data[0] / 2U};
  options.oversize = data[1] % 2 == 0 ? Oversize::truncate : Oversize::drop;
  const std::string text(reinterpret_cast<const char*>(data) + 3, size - 3);
  const std::string whole = records_of(text, text.size() + 1, text.size() + 1, options);
  if (records_of(text, 1U + data[1], 1U + data[2], options) != whole) std::abort();
  if (records_of(text, 1U + data[2], text.size() + 1, options) != whole) std::abort();
  return 0;
}
