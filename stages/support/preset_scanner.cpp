#include "stages/support/preset_scanner.h"

#include <algorithm>

#include "stages/support/detectors.h"

namespace sluice {
namespace {

constexpr std::size_t block_bytes = 64;
constexpr std::size_t tile_blocks = 32;

/// A mask of the block at hand, and that of the block before it.
class Track {
 public:
  void next(std::uint64_t mask) noexcept {
    last_ = now_;
    now_ = mask;
  }
  /// Bit i is that of the byte `distance` in front of byte i. REQUIRES: 0 < distance < 64.
  std::uint64_t back(unsigned distance) const noexcept {
    return now_ << distance | last_ >> (block_bytes - distance);
  }

 private:
  std::uint64_t now_ = 0;
  std::uint64_t last_ = 0;
};

/// Calls visit(position) for each bit of `mask`.
template <class Visit>
void for_each_bit(std::uint64_t mask, std::size_t block, Visit visit) {
  for (; mask != 0; mask &= mask - 1) {
    visit(block + static_cast<std::size_t>(__builtin_ctzll(mask)));
  }
}

}  // namespace

std::size_t shortest_match(Preset preset) noexcept {
  switch (preset) {
    case Preset::email:
      return 6;  // a@b.cd
    case Preset::ipv4:
      return 7;  // 1.2.3.4
    case Preset::ipv6:
      return 3;  // ::1
    case Preset::credit_card:
      return 13;
    case Preset::jwt:
      return 14;  // eyJ + 7, two dots and 2.
    case Preset::bearer:
      return 15;  // The word, a blank and 8.
    case Preset::aws_key:
      return 20;
  }
  return 1;
}

/// One text: where the search stands in it.
class PresetScanner::Pass {
 public:
  Pass(const PresetScanner& scanner, std::string_view text, std::uint32_t base,
       std::vector<SensitiveSpan>& found)
      : scanner_(scanner), text_(text), base_(base), found_(found), first_(found.size()) {}

  /// `masks` are those of the block that begins at `block`.
  void look(const std::uint64_t* masks, std::size_t block) {
    masks_ = masks;
    if (wants(Preset::ipv4) || wants(Preset::credit_card)) digits_.next(mask(digit));
    if (wants(Preset::ipv4)) look_for_ipv4(block);
    if (wants(Preset::email)) {
      for_each_bit(mask(at_sign), block, [&](std::size_t at) {
        add(Preset::email, detect::email(text_, at, floor(Preset::email)));
      });
    }
    if (wants(Preset::ipv6)) look_for_ipv6(block);
    if (wants(Preset::credit_card)) look_for_cards(block);
    if (wants(Preset::jwt)) look_for_tokens(block);
    if (wants(Preset::bearer)) look_for_bearers(block);
    if (wants(Preset::aws_key)) look_for_aws_keys(block);
  }

 private:
  bool wants(Preset preset) const noexcept { return rule_of(preset) != unused; }
  std::uint32_t rule_of(Preset preset) const noexcept {
    return scanner_.rules_[static_cast<std::size_t>(preset)];
  }
  std::size_t& floor(Preset preset) noexcept { return floors_[static_cast<std::size_t>(preset)]; }
  std::uint64_t mask(Class of) const noexcept { return masks_[scanner_.place_[of]]; }

  void look_for_ipv4(std::size_t block) {
    dots_.next(mask(dot));
    // A digit behind a dot behind a digit, three times at the distances that octets have.
    const std::uint64_t behind = mask(digit) & dots_.back(1) & digits_.back(2);
    behind_dot_.next(behind);
    const std::uint64_t second =
        behind & (behind_dot_.back(2) | behind_dot_.back(3) | behind_dot_.back(4));
    second_octet_.next(second);
    const std::uint64_t third =
        behind & (second_octet_.back(2) | second_octet_.back(3) | second_octet_.back(4));
    for_each_bit(third, block, [&](std::size_t at) { add(Preset::ipv4, detect::ipv4(text_, at)); });
  }

  void look_for_ipv6(std::size_t block) {
    const std::uint64_t colons = mask(colon);
    colons_.next(colons);
    // Two colons side by side, or four at the distances that groups have: clock times have fewer.
    std::uint64_t chain = colons;
    for (Track& track : colon_chain_) {
      track.next(chain);
      chain = colons & (track.back(2) | track.back(3) | track.back(4) | track.back(5));
    }
    for_each_bit((colons & colons_.back(1)) | chain, block,
                 [&](std::size_t at) { try_ipv6_around(at); });
  }

  void try_ipv6_around(std::size_t at) {
    constexpr std::size_t longest = 45;
    std::size_t& done = floor(Preset::ipv6);
    std::size_t begin = at;
    while (begin > done && at - begin < longest && detect::is_ipv6_byte(text_[begin - 1])) --begin;
    for (begin = std::max(begin, done); begin <= at; ++begin) {
      if (add(Preset::ipv6, detect::ipv6(text_, begin, behind_last_ipv6_))) {
        behind_last_ipv6_ = done;
        return;
      }
    }
    done = std::max(done, at + 1);
  }

  void look_for_cards(std::size_t block) {
    const std::uint64_t one = mask(digit) | mask(blank) | mask(dash);
    run_.next(one);
    const std::uint64_t two = one & run_.back(1);
    run_of_2_.next(two);
    const std::uint64_t four = two & run_of_2_.back(2);
    run_of_4_.next(four);
    const std::uint64_t thirteen = four & run_of_4_.back(4) & run_of_4_.back(8) & run_.back(12);
    run_of_13_.next(thirteen);
    for_each_bit(thirteen & ~run_of_13_.back(1), block,
                 [&](std::size_t at) { try_cards_in_run(at - 12); });
  }

  /// The run of digits, blanks and dashes that begins at `begin`.
  void try_cards_in_run(std::size_t begin) {
    std::size_t at = begin;
    while (at < text_.size()) {
      const char byte = text_[at];
      if (byte != ' ' && byte != '-' && (byte < '0' || byte > '9')) return;
      if (add(Preset::credit_card, detect::credit_card(text_, at))) {
        at = floor(Preset::credit_card);
      } else {
        ++at;
      }
    }
  }

  void look_for_tokens(std::size_t block) {
    small_y_.next(mask(small_y));
    for_each_bit(mask(big_j) & small_y_.back(1), block, [&](std::size_t at) {
      if (at >= 2) add_behind_floor(Preset::jwt, at - 2, detect::jwt);
    });
  }

  void look_for_bearers(std::size_t block) {
    letter_b_.next(mask(letter_b));
    letter_r_.next(mask(letter_r));
    for_each_bit(mask(blank) & letter_r_.back(1) & letter_b_.back(6), block,
                 [&](std::size_t at) { add_behind_floor(Preset::bearer, at - 6, detect::bearer); });
  }

  void look_for_aws_keys(std::size_t block) {
    big_i_.next(mask(big_i));
    for_each_bit(mask(big_a) & big_i_.back(1), block, [&](std::size_t at) {
      if (at >= 3) add(Preset::aws_key, detect::aws_key_id(text_, at - 3));
    });
    letter_s_.next(mask(letter_s));
    letter_c_.next(mask(letter_c));
    for_each_bit(mask(letter_r) & letter_c_.back(1) & letter_s_.back(3), block,
                 [&](std::size_t at) { add(Preset::aws_key, detect::aws_secret(text_, at - 3)); });
  }

  template <class Detect>
  void add_behind_floor(Preset preset, std::size_t at, Detect detector) {
    if (at >= floor(preset)) add(preset, detector(text_, at));
  }

  /// False if the span is empty.
  bool add(Preset preset, TextSpan span) {
    if (span.empty()) return false;
    floor(preset) = span.end;
    const SensitiveSpan entry{base_ + static_cast<std::uint32_t>(span.begin),
                              base_ + static_cast<std::uint32_t>(span.end), rule_of(preset)};
    // Nearly always the last one; what is not moves past the few that lie inside it.
    std::size_t place = found_.size();
    found_.push_back(entry);
    for (; place > first_ && entry < found_[place - 1]; --place) found_[place] = found_[place - 1];
    found_[place] = entry;
    return true;
  }

  const PresetScanner& scanner_;
  std::string_view text_;
  std::uint32_t base_;
  std::vector<SensitiveSpan>& found_;
  std::size_t first_;
  const std::uint64_t* masks_ = nullptr;
  /// Behind the last thing of each preset; of ipv6, behind the last place where one could begin.
  std::array<std::size_t, preset_count> floors_{};
  std::size_t behind_last_ipv6_ = 0;
  Track digits_, dots_, behind_dot_, second_octet_;
  Track colons_;
  std::array<Track, 3> colon_chain_;
  Track run_, run_of_2_, run_of_4_, run_of_13_;
  Track small_y_, big_i_, letter_b_, letter_c_, letter_r_, letter_s_;
};

PresetScanner::PresetScanner(std::span<const Preset> presets, SimdLevel level) : level_(level) {
  rules_.fill(unused);
  for (std::uint32_t rule = 0; rule < presets.size(); ++rule) {
    rules_[static_cast<std::size_t>(presets[rule])] = rule;
    switch (presets[rule]) {
      case Preset::email:
        need({at_sign});
        break;
      case Preset::ipv4:
        need({digit, dot});
        break;
      case Preset::ipv6:
        need({colon});
        break;
      case Preset::credit_card:
        need({digit, blank, dash});
        break;
      case Preset::jwt:
        need({small_y, big_j});
        break;
      case Preset::bearer:
        need({letter_b, letter_r, blank});
        break;
      case Preset::aws_key:
        need({big_a, big_i, letter_s, letter_c, letter_r});
        break;
    }
  }
}

void PresetScanner::need(std::initializer_list<Class> classes) {
  constexpr std::array<ByteRange, class_count> all{
      ByteRange::between('0', '9'), ByteRange::only('.'),        ByteRange::only('@'),
      ByteRange::only(':'),         ByteRange::only(' '),        ByteRange::only('-'),
      ByteRange::only('y'),         ByteRange::only('J'),        ByteRange::only('I'),
      ByteRange::only('A'),         ByteRange::either_case('b'), ByteRange::either_case('c'),
      ByteRange::either_case('r'),  ByteRange::either_case('s'),
  };
  for (const Class one : classes) {
    const std::uint32_t bit = std::uint32_t{1} << one;
    if ((needed_ & bit) != 0) continue;
    needed_ |= bit;
    place_[one] = static_cast<std::uint8_t>(ranges_.size());
    ranges_.push_back(all[one]);
  }
}

void PresetScanner::scan(std::string_view text, std::uint32_t base,
                         std::vector<SensitiveSpan>& found) const {
  if (ranges_.empty()) return;
  constexpr std::size_t tile_bytes = tile_blocks * block_bytes;
  std::array<std::uint64_t, tile_blocks * class_count> masks;
  Pass pass(*this, text, base, found);
  for (std::size_t tile = 0; tile < text.size(); tile += tile_bytes) {
    const std::string_view piece = text.substr(tile, tile_bytes);
    mark_bytes(piece, ranges_, masks, level_);
    for (std::size_t block = 0; block < mask_count(piece.size()); ++block) {
      pass.look(masks.data() + block * ranges_.size(), tile + block * block_bytes);
    }
  }
}

}  // namespace sluice
