#include "tools/benchmark/floors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/data/scan.h"
#include "stages/support/byte_encoding.h"
#include "tools/benchmark/floor_parts.h"
#include "tools/benchmark/floor_questions.h"
#include "tools/benchmark/floor_records.h"
#include "tools/benchmark/on_threads.h"

namespace sluice::bench {
namespace {

struct InputFile {
  File file;
  std::uint64_t size_bytes = 0;
};

Result<InputFile> open_input(const std::string& path) {
  Result<File> file = File::open(Io::system(), path, O_RDONLY | O_CLOEXEC);
  if (!file) return std::move(file).error();
  const Result<struct stat> status = file.value().status();
  if (!status) return status.error();
  return InputFile{std::move(file).value(), static_cast<std::uint64_t>(status.value().st_size)};
}

Result<File> open_output(const std::string& path) {
  return File::open(Io::system(), path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

/// Calls `use(piece, offset)` for all pieces of a file, wherever lines end, in `threads` threads.
template <class Use>
Status for_each_piece(const InputFile& input, unsigned threads, const Use& use,
                      std::uint64_t piece_bytes = 512 << 10) {
  std::atomic<std::uint64_t> next{0};
  return on_threads(threads, [&](unsigned /*index*/) -> Status {
    Memory memory(piece_bytes);
    while (true) {
      const std::uint64_t offset = next.fetch_add(piece_bytes, std::memory_order_relaxed);
      if (offset >= input.size_bytes) return Done{};
      const Result<std::size_t> got = input.file.read_at(memory, offset);
      if (!got) return got.error();
      Status used = use(std::string_view(memory.data(), got.value()), offset);
      if (!used) return used;
    }
  });
}

Status count_lines(const InputFile& input, File& output, unsigned threads) {
  std::atomic<std::uint64_t> lines{0};
  Status counted = for_each_piece(input, threads, [&](std::string_view piece, std::uint64_t) {
    lines.fetch_add(count_newlines(piece), std::memory_order_relaxed);
    return Status(Done{});
  });
  if (!counted) return counted;
  const std::string text = std::to_string(lines) + "\n";
  return output.write_all(std::span<const char>(text));
}

Status write_at(const File& output, std::string_view piece, std::uint64_t offset) {
  while (!piece.empty()) {
    const ssize_t written =
        pwrite(output.fd(), piece.data(), piece.size(), static_cast<off_t>(offset));
    if (written < 0) return io_error("cannot write", errno, output.name());
    piece.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return Done{};
}

Status copy(const InputFile& input, const File& output, unsigned threads) {
  return for_each_piece(input, threads, [&](std::string_view piece, std::uint64_t offset) {
    return write_at(output, piece, offset);
  });
}

/// base64 and hex, whose pieces have a place in the output beforehand: `out` bytes become of `in`.
struct Coding {
  std::uint64_t in = 1;
  std::uint64_t out = 1;
  std::unique_ptr<ByteCoder> (*make)(const ByteCoding&);
  ByteCoding coding;
};

std::optional<Coding> coding_of(const Workload& workload) {
  ByteCoding hex;
  hex.encoding = ByteEncoding::hex;
  hex.digits = LetterCase::upper;
  ByteCoding base64;
  base64.encoding = ByteEncoding::base64;
  if (workload.name == "to-hex") return Coding{1, 2, make_byte_encoder, hex};
  if (workload.name == "from-hex") return Coding{2, 1, make_byte_decoder, hex};
  if (workload.name == "to-base64") return Coding{3, 4, make_byte_encoder, base64};
  if (workload.name == "from-base64") return Coding{4, 3, make_byte_decoder, base64};
  return std::nullopt;
}

Status code(const InputFile& input, const File& output, const Coding& coding, unsigned threads) {
  constexpr std::uint64_t units = 128 << 10;
  return for_each_piece(
      input, threads,
      [&](std::string_view piece, std::uint64_t offset) -> Status {
        thread_local std::string out;
        const std::unique_ptr<ByteCoder> coder = coding.make(coding.coding);
        out.resize(coder->bound(piece.size()));
        const Result<Converted> converted = coder->convert(piece, out);
        if (!converted) return converted.error();
        const std::size_t size = converted.value().produced;
        const Result<std::size_t> rest = coder->finish(std::span<char>(out).subspan(size));
        if (!rest) return rest.error();
        return write_at(output, std::string_view(out).substr(0, size + rest.value()),
                        offset / coding.in * coding.out);
      },
      units* coding.in);
}

/// One for each thread; null if the output is plain.
using Encoders = std::vector<std::unique_ptr<FrameEncoder>>;

Result<Encoders> make_encoders(const Workload& workload, unsigned count) {
  Encoders encoders(count);
  const Compression compression = *workload.output;
  if (compression == Compression::none) return encoders;
  const int chosen = workload.conversion ? workload.conversion->level : 0;
  const int level = chosen != 0 ? chosen : levels_of(compression).standard;
  for (auto& encoder : encoders) {
    auto made = make_frame_encoder(compression, level);
    if (!made) return std::move(made).error();
    encoder = std::move(made).value();
  }
  return encoders;
}

/// Without a matcher it keeps all.
Status filter_chunks(Feed& feed, const LineMatcher* matcher, FrameEncoder* encoder,
                     OrderedOutput& output) {
  Chunk chunk;
  std::vector<Slice> kept;
  while (true) {
    const Result<bool> more = feed.next(chunk);
    if (!more) return more.error();
    if (!more.value()) return Done{};
    kept.clear();
    if (matcher != nullptr) {
      matcher->match_chunk(chunk.lines, 0, 0, kept);
    } else {
      kept.push_back({0, static_cast<std::uint32_t>(chunk.lines.size())});
    }
    Status put = output.put(chunk, kept, encoder);
    if (!put) return put;
  }
}

Status filter(Feed& feed, const LineMatcher* matcher, const Workload& workload, File file,
              unsigned threads) {
  const Result<Encoders> made = make_encoders(workload, threads);
  if (!made) return made.error();
  const Encoders& encoders = made.value();
  OrderedOutput output(std::move(file));
  Status filtered = on_threads(threads, [&](unsigned index) {
    Status status = filter_chunks(feed, matcher, encoders[index].get(), output);
    if (!status) output.abandon();
    return status;
  });
  return filtered ? output.finish(encoders.front().get()) : filtered;
}

struct Supply {
  std::unique_ptr<Feed> feed;
  unsigned threads = 1;  ///< That are left for what becomes of the chunks.
};

Result<Supply> open_supply(InputFile input, Input form, unsigned threads) {
  if (form == Input::gzip_members || form == Input::bgzf || form == Input::zstd_frames) {
    auto feed = FrameFeed::open(std::move(input.file), input.size_bytes,
                                form == Input::zstd_frames ? Compression::zstd : Compression::gzip);
    if (!feed) return std::move(feed).error();
    return Supply{std::move(feed).value(), threads};
  }
  if (form != Input::plain) {
    return Supply{std::make_unique<DecodingFeed>(std::move(input.file)), std::max(threads, 2U) - 1};
  }
  return Supply{std::make_unique<PlainFeed>(std::move(input.file), input.size_bytes), threads};
}

}  // namespace

bool has_floor(const Workload& workload) noexcept {
  // That of UTF-16 would be the kernel, which is that of sluice; BGZF is not cut by lines.
  if (workload.input == Input::utf16 || workload.name == "to-bgzf") return false;
  return !workload.conversion || workload.conversion->has_floor;
}

Command floor_command(const std::string& program, const Workload& workload, const std::string& in,
                      const std::string& out, unsigned threads) {
  return {{program, "floor", std::string(workload.name), in, out, std::to_string(threads)}};
}

Status run_floor(const Workload& workload, const std::string& in, const std::string& out,
                 unsigned threads) {
  Result<InputFile> opened = open_input(in);
  if (!opened) return std::move(opened).error();
  InputFile& input = opened.value();
  Result<File> output = open_output(out);
  if (!output) return std::move(output).error();

  const std::optional<MatchRule> rule = rule_of(workload);
  if (!workload.output) return count_lines(input, output.value(), threads);
  if (const std::optional<Coding> coding = coding_of(workload)) {
    return code(input, output.value(), *coding, threads);
  }
  if (workload.question == Question::all && !workload.conversion) {
    return copy(input, output.value(), threads);
  }
  if (workload.question == Question::sort_by_time) {
    return sort_by_time(input.file, input.size_bytes, std::move(output).value(), threads);
  }

  Result<Supply> made = open_supply(std::move(input), workload.input, threads);
  if (!made) return std::move(made).error();
  const Supply& supply = made.value();
  if (has_question_floor(workload.question)) {
    return answer_question(workload.question, *supply.feed, std::move(output).value(),
                           supply.threads);
  }
  if (!rule) {
    return filter(*supply.feed, nullptr, workload, std::move(output).value(), supply.threads);
  }
  const Result<LineMatcher> matcher = LineMatcher::make(*rule);
  if (!matcher) return matcher.error();
  return filter(*supply.feed, &matcher.value(), workload, std::move(output).value(),
                supply.threads);
}

}  // namespace sluice::bench
