// libFuzzer target: whatever the bytes of a compressed file, loading it by its parts gives what the
// serial decoder gives, or says that the file is damaged; and how parts are grouped makes no
// difference, whether damage fails the run or is kept out of it.
//
// The first byte of the input picks the format (bit 0), the framing (bit 1) and the longest line
// (bit 2); the rest is the file.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/stage/stage_context.h"
#include "stages/support/decoder.h"
#include "stages/support/part_loading.h"
#include "stages/support/part_scan.h"

namespace {

using namespace sluice;

constexpr std::size_t output_limit_bytes = std::size_t{256} << 10U;

void require(bool condition) {
  if (!condition) std::abort();
}

/// A file in memory.
class MemoryFile {
 public:
  MemoryFile(const char* data, std::size_t size)
      : file_(Io::system(), ::memfd_create("fuzz", 0), "fuzz") {
    require(file_ && file_.write_all({data, size}));
  }
  const File& get() const { return file_; }

 private:
  File file_;
};

struct Loaded {
  std::string text;
  bool damaged = false;
  std::uint64_t corrupt_parts = 0;
  std::uint64_t end = 0;  ///< What is behind is left to the serial decoder.
};

Loaded load(const File& file, std::uint64_t size, Compression compression,
            const FramingOptions& framing, OnCorrupt on_corrupt, std::size_t group_content,
            BufferPool& buffers) {
  FileClaims claims;
  StageContext context(Io::system(), Clock::system(), claims);
  PartScanner scanner(file, compression, 0, size);
  const CodecSettings settings;
  PartLoader loader(framing, on_corrupt, settings, context);
  Loaded loaded;
  bool first = true;
  while (true) {
    const PartLimits limits{part_content_limit.bytes, group_content};
    auto parts = scanner.next_group(limits);
    require(bool(parts));
    loaded.end = scanner.offset();
    if (parts.value().empty()) break;
    for (const StoredPart& part : parts.value()) {
      require(part.size > 0 && part.offset + part.size <= size);
      require(part.content <= limits.part_content);
    }
    const PartGroup group{compression,
                          std::move(parts).value(),
                          scanner.ahead(),
                          scanner.offset(),
                          size,
                          scanner.blocks(),
                          first};
    first = false;
    const BufferPtr buffer = buffers.try_take();
    auto result = loader.load(file, group, *buffer);
    if (!result) {
      require(result.error().code == ErrorCode::corrupt_input && on_corrupt == OnCorrupt::fail);
      require(result.error().offset.value_or(size + 1) <= size);
      loaded.damaged = true;
      break;
    }
    const auto text = result.value().text;
    require(text.data() >= buffer->data() &&
            text.data() + text.size() <= buffer->data() + buffer->capacity());
    loaded.text.append(text.data(), text.size());
    if (loaded.text.size() > output_limit_bytes) break;
  }
  const auto incidents = context.incidents().all();
  if (incidents.count("corrupt_tail") > 0) {
    loaded.corrupt_parts = incidents.find("corrupt_tail")->second.count;
  }
  return loaded;
}

/// Nothing if the file is damaged, or large.
std::optional<std::string> decode(std::string_view bytes, Compression compression) {
  const auto decoder = make_decoder(compression);
  std::string out(std::size_t{64} << 10U, '\0');
  std::string all;
  while (true) {
    const auto step = decoder->decode({bytes.data(), bytes.size()}, out);
    if (!step) return std::nullopt;
    all.append(out, 0, step.value().produced);
    if (all.size() > output_limit_bytes) return std::nullopt;
    bytes.remove_prefix(step.value().consumed);
    if (bytes.empty() && step.value().produced < out.size()) break;
  }
  if (!decoder->finish()) return std::nullopt;
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const unsigned choice = data[0];
  const auto compression = (choice & 1U) != 0 ? Compression::zstd : Compression::gzip;
  FramingOptions framing;
  framing.framing = (choice & 2U) != 0 ? Framing::none : Framing::lines;
  framing.max_record = ByteSize{(choice & 4U) != 0 ? 64U : 1U << 20U};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const MemoryFile file(bytes.data(), bytes.size());
  static BufferPool buffers(
      {1, 64, usual_part_batch.bytes + longest_record({}).bytes, 0, usual_part_batch.bytes});

  const auto run = [&](OnCorrupt on_corrupt, std::size_t group_content) {
    return load(file.get(), bytes.size(), compression, framing, on_corrupt, group_content, buffers);
  };
  const Loaded alone = run(OnCorrupt::keep, 0);
  const Loaded grouped = run(OnCorrupt::keep, 700);
  if (alone.text.size() > output_limit_bytes || grouped.text.size() > output_limit_bytes) return 0;
  require(alone.text == grouped.text || framing.max_record.bytes == 64);
  require(alone.corrupt_parts == grouped.corrupt_parts && alone.end == grouped.end);

  const Loaded failing = run(OnCorrupt::fail, 100);
  // An open line may reach damage behind the parts.
  require(alone.corrupt_parts == 0 || failing.damaged);
  const auto serial = decode(bytes, compression);
  if (!serial || failing.damaged || framing.max_record.bytes == 64) return 0;
  if (alone.end == bytes.size()) {
    require(failing.text == *serial);
  } else {
    require(serial->compare(0, failing.text.size(), failing.text) == 0);
  }
  return 0;
}
