// The workloads about bytes: compressing, decompressing, both at once, and encodings, each beside
// the programs that do nothing else.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/benchmark/workloads.h"

namespace sluice::bench {
namespace {

using Peers = std::vector<Peer>;

/// Lines of options of a stage.
std::string options(const std::vector<std::string_view>& given) {
  std::string text;
  for (const std::string_view option : given) text.append("        ").append(option).append("\n");
  return text;
}

const std::string as_it_is = options({"compression: none"});

class Rows {
 public:
  void add(std::string_view name, std::string_view title, Input input, Compression output,
           Conversion conversion, Peers peers) {
    rows_.push_back(
        {name, title, input, Question::all, output, std::move(peers), 0, std::move(conversion)});
  }
  void convert(std::string_view name, std::string_view title, Input input, Compression output,
               Peers peers) {
    add(name, title, input, output, {"", "", compression(output)}, std::move(peers));
  }
  void compress(std::string_view name, std::string_view title, Compression output, int level,
                Peers peers) {
    Conversion conversion{"", "", compression(output)};
    conversion.level = level;
    if (level != 0) conversion.sink += "        level: " + std::to_string(level) + "\n";
    add(name, title, Input::plain, output, std::move(conversion), std::move(peers));
  }
  std::vector<Workload> take() { return std::move(rows_); }

  static std::string compression(Compression compression) {
    return "        compression: " + std::string(name_of(compression)) + "\n";
  }

 private:
  std::vector<Workload> rows_;
};

void add_compressing(Rows& rows) {
  rows.compress("to-gz", "plain -> gz, level 6", Compression::gzip, 0,
                {{"pigz -6 -p {threads}", "pigz -c -6 -p {threads} {in}"},
                 {"gzip -6", "gzip -c -6 {in}", Pace::slow}});
  rows.compress("to-gz-fast", "plain -> gz, level 1", Compression::gzip, 1,
                {{"igzip -1", "igzip -c -1 {in}"},
                 {"igzip -1 -T {threads}", "igzip -c -1 -T {threads} {in}"},
                 {"pigz -1 -p {threads}", "pigz -c -1 -p {threads} {in}"}});
  rows.add("to-bgzf", "plain -> gz in blocks of 64 KiB", Input::plain, Compression::gzip,
           {"", "", Rows::compression(Compression::gzip) + "        format: bgzf\n"},
           {{"bgzip -@ {threads}", "bgzip -c -@ {threads} {in}"}});
  rows.compress("to-zst", "plain -> zst, level 3", Compression::zstd, 0,
                {{"zstd -3 -T{threads}", "zstd -q -c -3 -T{threads} {in}"},
                 {"pzstd -3 -p {threads}", "pzstd -q -c -3 -p {threads} {in}"}});
  rows.compress("to-zst-small", "plain -> zst, level 9", Compression::zstd, 9,
                {{"zstd -9 -T{threads}", "zstd -q -c -9 -T{threads} {in}", Pace::slow}});
  rows.compress("to-lz4", "plain -> lz4, level 1", Compression::lz4, 0,
                {{"lz4 -1", "lz4 -q -c -1 {in}"}});
  rows.compress("to-xz", "plain -> xz, level 1", Compression::xz, 1,
                {{"xz -1 -T{threads}", "xz -q -c -1 -T{threads} {in}", Pace::slow}});
}

void add_decompressing(Rows& rows) {
  constexpr auto plain = Compression::none;
  const Peers gzip{{"igzip -dc", "igzip -dc {in}"},
                   {"pigz -dc", "pigz -dc {in}"},
                   {"gzip -dc", "gzip -dc {in}", Pace::slow}};
  rows.convert("from-gz", "gz of one member -> plain", Input::gzip, plain, gzip);
  rows.convert("from-gz-members", "gz that sluice wrote -> plain", Input::gzip_members, plain,
               gzip);
  rows.convert(
      "from-bgzf", "gz in blocks of 64 KiB -> plain", Input::bgzf, plain,
      {{"bgzip -dc -@ {threads}", "bgzip -dc -@ {threads} {in}"}, {"igzip -dc", "igzip -dc {in}"}});
  rows.convert("from-zst", "zst of one frame -> plain", Input::zstd, plain,
               {{"zstd -dc", "zstd -q -dc {in}"}});
  rows.convert("from-zst-frames", "zst that sluice wrote -> plain", Input::zstd_frames, plain,
               {{"zstd -dc", "zstd -q -dc {in}"},
                {"pzstd -dc -p {threads}", "pzstd -q -dc -p {threads} {in}"}});
  rows.convert("from-lz4", "lz4 -> plain", Input::lz4, plain, {{"lz4 -dc", "lz4 -q -dc {in}"}});
  rows.convert("from-xz", "xz that sluice wrote -> plain", Input::xz, plain,
               {{"xz -dc -T{threads}", "xz -q -dc -T{threads} {in}"}});
}

void add_recompressing(Rows& rows) {
  rows.convert("gz-to-zst", "gz of one member -> zst", Input::gzip, Compression::zstd,
               {{"igzip -dc | zstd -3 -T{threads}", "igzip -dc {in} | zstd -q -c -3 -T{threads}"},
                {"pigz -dc | zstd -3 -T{threads}", "pigz -dc {in} | zstd -q -c -3 -T{threads}"}});
  rows.convert("members-to-zst", "gz that sluice wrote -> zst", Input::gzip_members,
               Compression::zstd,
               {{"igzip -dc | zstd -3 -T{threads}", "igzip -dc {in} | zstd -q -c -3 -T{threads}"}});
  rows.convert("zst-to-gz", "zst of one frame -> gz", Input::zstd, Compression::gzip,
               {{"zstd -dc | pigz -6 -p {threads}", "zstd -q -dc {in} | pigz -c -6 -p {threads}"}});
}

Conversion coding(std::string_view stage, const std::vector<std::string_view>& given,
                  bool gives_log) {
  return {as_it_is, "      - transform: " + std::string(stage) + "\n" + options(given), as_it_is,
          gives_log};
}

void add_encodings(Rows& rows) {
  rows.add(
      "to-base64", "plain -> base64", Input::plain, Compression::none,
      coding("encode", {"encoding: base64"}, false),
      {{"base64 -w 0", "base64 -w 0 {in}"}, {"basenc --base64 -w 0", "basenc --base64 -w 0 {in}"}});
  rows.add("from-base64", "base64 -> plain", Input::base64, Compression::none,
           coding("decode", {"encoding: base64"}, true), {{"base64 -d", "base64 -d {in}"}});
  rows.add("to-hex", "plain -> hex", Input::plain, Compression::none,
           coding("encode", {"encoding: hex", "upper: true"}, false),
           {{"basenc --base16 -w 0", "basenc --base16 -w 0 {in}"}});
  rows.add("from-hex", "hex -> plain", Input::hex, Compression::none,
           coding("decode", {"encoding: hex"}, true),
           {{"basenc --base16 -d", "basenc --base16 -d {in}"},
            {"xxd -r -p", "xxd -r -p {in}", Pace::slow}});
  rows.add("from-utf16", "UTF-16 -> UTF-8", Input::utf16, Compression::none,
           coding("decode", {"encoding: utf16le"}, true),
           {{"iconv -f UTF-16LE -t UTF-8", "iconv -f UTF-16LE -t UTF-8 {in}"}});
}

}  // namespace

std::vector<Workload> byte_workloads() {
  Rows rows;
  add_compressing(rows);
  add_decompressing(rows);
  add_recompressing(rows);
  add_encodings(rows);
  return rows.take();
}

}  // namespace sluice::bench
