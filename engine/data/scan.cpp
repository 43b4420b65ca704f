#include "engine/data/scan.h"

#include <algorithm>
#include <cstring>

#include "engine/data/scan_kernels.h"

namespace sluice {
namespace scan_detail {
namespace {

std::uint64_t count_newlines_scalar(std::string_view text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

void cut_lines_scalar(std::string_view text, LineCutter& cutter) {
  for (std::size_t at = find_newline(text); at != npos; at = find_newline(text, at + 1)) {
    if (!cutter.add_block(1, at)) return;
  }
}

std::size_t find_either_scalar(std::string_view text, char a, char b,
                               std::span<std::uint32_t> positions) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size() && count < positions.size(); ++at) {
    if (text[at] == a || text[at] == b) positions[count++] = static_cast<std::uint32_t>(at);
  }
  return count;
}

// memchr for the rarest byte, which the C library does a vector at a time.
std::size_t find_sequence_scalar(const Sequence& sequence, const char* text, std::size_t from,
                                 std::size_t last) {
  const Anchor& rarest = sequence.anchors.front();
  for (std::size_t at = from; at <= last; ++at) {
    if (rarest.span == 0) {
      const void* hit = std::memchr(text + at + rarest.offset, rarest.low, last - at + 1);
      if (hit == nullptr) return npos;
      at = static_cast<std::size_t>(static_cast<const char*>(hit) - text) - rarest.offset;
    }
    if (sequence.equals(text + at)) return at;
  }
  return npos;
}

// The window slides along the text, a byte in and a byte out.
template <std::size_t Width>
std::size_t find_set_hashed(const LiteralSet& set, std::string_view text, std::size_t from,
                            std::size_t last) {
  constexpr std::uint32_t window_mask = (1U << (8 * Width)) - 1;
  const char* window = text.data() + set.window;
  std::uint32_t bytes = 0;
  for (std::size_t k = 0; k + 1 < Width; ++k) {
    bytes = bytes << 8 | static_cast<unsigned char>(window[from + k]);
  }
  for (std::size_t at = from; at <= last; ++at) {
    bytes = (bytes << 8 | static_cast<unsigned char>(window[at + Width - 1])) & window_mask;
    const std::uint32_t hash = LiteralSet::hash(bytes);
    if ((set.filter[hash / 64] >> (hash % 64) & 1) == 0) continue;
    auto entry = std::lower_bound(set.by_window.begin(), set.by_window.end(),
                                  std::pair{bytes, std::size_t{0}});
    for (; entry != set.by_window.end() && entry->first == bytes; ++entry) {
      if (set.literal_at(entry->second, text, at)) return at;
    }
  }
  return npos;
}

}  // namespace

constinit const Kernels scalar_kernels{
    count_newlines_scalar,
    cut_lines_scalar,
    find_either_scalar,
    {find_sequence_scalar, find_sequence_scalar, find_sequence_scalar, find_sequence_scalar},
    {find_set_hashed<1>, find_set_hashed<2>, find_set_hashed<3>},
};

const Kernels& kernels_of(SimdLevel level) noexcept {
#if defined(__x86_64__)
  switch (std::min(level, best_simd_level())) {
    case SimdLevel::avx512bw:
      return avx512_kernels;
    case SimdLevel::avx2:
      return avx2_kernels;
    case SimdLevel::scalar:
      break;
  }
#else
  static_cast<void>(level);
#endif
  return scalar_kernels;
}

}  // namespace scan_detail

std::uint64_t count_newlines(std::string_view text, SimdLevel level) noexcept {
  return scan_detail::kernels_of(level).count_newlines(text);
}

std::size_t find_byte(std::string_view text, char byte, std::size_t from) noexcept {
  if (from == text.size()) return npos;
  const void* hit = std::memchr(text.data() + from, byte, text.size() - from);
  if (hit == nullptr) return npos;
  return static_cast<std::size_t>(static_cast<const char*>(hit) - text.data());
}

std::size_t find_last_byte(std::string_view text, char byte) noexcept {
#if defined(__linux__)
  if (text.empty()) return npos;
  const void* hit = ::memrchr(text.data(), byte, text.size());
  if (hit == nullptr) return npos;
  return static_cast<std::size_t>(static_cast<const char*>(hit) - text.data());
#else
  return text.rfind(byte);
#endif
}

std::size_t find_newline(std::string_view text, std::size_t from) noexcept {
  return find_byte(text, '\n', from);
}

std::size_t find_last_newline(std::string_view text) noexcept { return find_last_byte(text, '\n'); }

std::size_t find_either(std::string_view text, char a, char b, std::span<std::uint32_t> positions,
                        SimdLevel level) noexcept {
  return scan_detail::kernels_of(level).find_either(text, a, b, positions);
}

std::size_t append_lines(std::string_view text, std::uint32_t base, std::vector<Slice>& out,
                         std::size_t max_lines, SimdLevel level) {
  // The table grows by steps, so that the kernel writes into an array and not through push_back.
  constexpr std::size_t step_lines = 4096;
  const auto cut_lines = scan_detail::kernels_of(level).cut_lines;
  std::size_t done = 0;
  while (max_lines > 0 && done < text.size()) {
    const std::size_t old_size = out.size();
    const std::size_t capacity = std::min(max_lines, step_lines);
    out.resize(old_size + capacity);
    scan_detail::LineCutter cutter{out.data() + old_size, capacity,
                                   base + static_cast<std::uint32_t>(done)};
    cut_lines(text.substr(done), cutter);
    out.resize(old_size + cutter.count);
    done += cutter.line_begin;
    max_lines -= cutter.count;
    if (cutter.count == capacity || done == text.size()) continue;
    out.push_back(
        {base + static_cast<std::uint32_t>(done), static_cast<std::uint32_t>(text.size() - done)});
    return text.size();
  }
  return done;
}

}  // namespace sluice
