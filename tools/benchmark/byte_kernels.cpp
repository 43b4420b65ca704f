// How fast bytes are encoded and decoded on one core, in bytes of what is read per second.
#include "tools/benchmark/byte_kernels.h"

#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "stages/support/byte_encoding.h"

namespace sluice {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{512} << 10;

std::string random_bytes() {
  std::mt19937 random(1);
  std::string bytes(chunk_bytes, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::string repeated(std::string_view text) {
  std::string chunk;
  while (chunk.size() < chunk_bytes) chunk += text;
  return chunk;
}

std::string in_lines(std::string_view text) {
  std::string lines;
  for (std::size_t at = 0; at < text.size(); at += 76) {
    lines += text.substr(at, 76);
    lines += '\n';
  }
  return lines;
}

std::string converted(ByteCoder& coder, std::string_view input) {
  std::string out(coder.bound(input.size()), '\0');
  const auto step = coder.convert(input, out);
  out.resize(step ? step.value().produced : 0);
  return out;
}

void run(benchmark::State& state, ByteCoder& coder, std::string_view input) {
  std::string out(coder.bound(input.size()), '\0');
  for (auto _ : state) {
    coder.restart();
    const auto step = coder.convert(input, out);
    if (!step || step.value().consumed != input.size()) state.SkipWithError("not converted");
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(input.size()));
}

/// Both directions; `lines` breaks what is decoded into lines.
void add(const std::string& name, const ByteCoding& coding, const std::string& plain,
         bool lines = false) {
  if (!lines) {
    benchmark::RegisterBenchmark(("encode/" + name).c_str(), [=](benchmark::State& state) {
      run(state, *make_byte_encoder(coding), plain);
    });
  }
  benchmark::RegisterBenchmark(("decode/" + name).c_str(), [=](benchmark::State& state) {
    std::string encoded = converted(*make_byte_encoder(coding), plain);
    if (lines) encoded = in_lines(encoded);
    run(state, *make_byte_decoder(coding), encoded);
  });
}

}  // namespace

void register_byte_kernels() {
  const std::string bytes = random_bytes();
  const std::string ascii = repeated("2026-01-01 INFO request served in 12 ms by worker 7; ");
  const std::string words = repeated("день ночь 漢字 text ");
  ByteCoding coding;
  for (const SimdLevel level : {SimdLevel::scalar, SimdLevel::avx2}) {
    if (level > best_simd_level()) continue;
    const std::string suffix = "/" + std::string(name_of(level));
    coding.level = level;
    coding.encoding = ByteEncoding::base64;
    add("base64" + suffix, coding, bytes);
    coding.encoding = ByteEncoding::hex;
    add("hex" + suffix, coding, bytes);
    coding.encoding = ByteEncoding::utf16le;
    add("utf16le/ascii" + suffix, coding, ascii);
    add("utf16le/words" + suffix, coding, words);
  }
  coding.encoding = ByteEncoding::latin1;
  add("latin1/ascii", coding, ascii);
  coding.encoding = ByteEncoding::utf8;
  add("utf8/ascii", coding, ascii);
  add("utf8/words", coding, words);
  coding.encoding = ByteEncoding::percent;
  add("percent/ascii", coding, ascii);
  coding.encoding = ByteEncoding::base64;
  coding.is_lenient = true;
  add("base64/lines", coding, bytes, true);
}

}  // namespace sluice
