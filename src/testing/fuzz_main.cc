// Driver of a fuzzer where libFuzzer is not there: feeds LLVMFuzzerTestOneInput the files of a
// corpus and random mutations of them.
//
//   x_fuzz [--runs=N] [--seconds=S] [--seed=N] [--first=N] FILE|DIRECTORY...
//
// Every mutation depends on the seed and its own number only. A crash leaves the input in the
// working directory and names the arguments that make it again.

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): of the sanitizers.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

using Bytes = std::vector<uint8_t>;

struct Options {
  uint64_t runs = 20000;
  uint64_t seconds = 5;
  uint64_t seed = 0;
  uint64_t first = 0;
  std::vector<std::filesystem::path> corpus;
};

// What a signal handler can reach: the input in hand and the line that makes it again.
struct InFlight {
  Bytes input;
  std::array<char, 128> message{};
  std::string crash_file;
};
InFlight* in_flight = nullptr;

void write_all(int file, const void* data, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  while (size > 0) {
    const ssize_t written = ::write(file, bytes, size);
    if (written <= 0) return;
    bytes += written;
    size -= static_cast<size_t>(written);
  }
}

void report_crash() {
  if (in_flight == nullptr) return;
  const std::string_view message(in_flight->message.data());
  write_all(STDERR_FILENO, message.data(), message.size());
  if (std::FILE* file = std::fopen(in_flight->crash_file.c_str(), "wb"); file != nullptr) {
    write_all(::fileno(file), in_flight->input.data(), in_flight->input.size());
    std::fclose(file);
  }
  in_flight = nullptr;
}

void on_signal(int signal_number) {
  report_crash();
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

void install_crash_report() {
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(report_crash);
    std::signal(SIGABRT, on_signal);
    return;
  }
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    std::signal(number, on_signal);
  }
}

class Mutator {
 public:
  Mutator(uint64_t seed, uint64_t number) {
    std::seed_seq sequence{seed & 0xffffffffU, seed >> 32, number & 0xffffffffU, number >> 32};
    random_.seed(sequence);
  }

  // An element of the corpus after one to eight changes, at most `max_size` bytes long.
  Bytes make(const std::vector<Bytes>& corpus, size_t max_size) {
    Bytes input = corpus[below(corpus.size())];
    const size_t changes = 1 + below(8);
    for (size_t i = 0; i < changes; ++i) change(input, corpus);
    if (input.size() > max_size) input.resize(max_size);
    return input;
  }

 private:
  size_t below(size_t bound) {
    return bound == 0 ? 0 : std::uniform_int_distribution<size_t>(0, bound - 1)(random_);
  }

  void change(Bytes& input, const std::vector<Bytes>& corpus) {
    const size_t at = below(input.size());
    const size_t length = input.empty() ? 0 : 1 + below(std::min<size_t>(input.size() - at, 64));
    const auto here = input.begin() + static_cast<ptrdiff_t>(at);
    const auto there = here + static_cast<ptrdiff_t>(length);
    switch (below(7)) {
      case 0:
        if (!input.empty()) input[at] ^= static_cast<uint8_t>(1U << below(8));
        break;
      case 1:
        for (auto it = here; it != there; ++it) *it = static_cast<uint8_t>(below(256));
        break;
      case 2:
        overwrite_with_edge_value(input, at);
        break;
      case 3:
        input.erase(here, there);
        break;
      case 4:
        input.resize(at);
        break;
      case 5: {
        const Bytes copy(here, there);
        input.insert(input.begin() + static_cast<ptrdiff_t>(below(input.size() + 1)), copy.begin(),
                     copy.end());
        break;
      }
      default: {
        const Bytes& other = corpus[below(corpus.size())];
        const size_t from = below(other.size());
        const size_t count = std::min<size_t>(other.size() - from, 1 + below(256));
        const auto first = other.begin() + static_cast<ptrdiff_t>(from);
        input.insert(here, first, first + static_cast<ptrdiff_t>(count));
        break;
      }
    }
  }

  // Lengths, counts and offsets break at the ends of their ranges.
  void overwrite_with_edge_value(Bytes& input, size_t at) {
    constexpr std::array<uint64_t, 10> kEdges = {
        0, 1, 0x7f, 0x80, 0xffff, 0x7fffffff, 0x80000000U, 0xffffffffU, 1ULL << 63, ~0ULL};
    const uint64_t value = kEdges[below(kEdges.size())];
    const size_t width = size_t{1} << below(4);
    for (size_t i = 0; i < width && at + i < input.size(); ++i) {
      input[at + i] = static_cast<uint8_t>(value >> (8 * i));
    }
  }

  std::mt19937_64 random_;
};

bool parse_number(std::string_view text, std::string_view flag, uint64_t& value) {
  if (!text.starts_with(flag)) return false;
  text.remove_prefix(flag.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return true;
  std::fprintf(stderr, "%.*s wants a number\n", static_cast<int>(flag.size()), flag.data());
  std::exit(2);
}

Options parse_arguments(int argc, char** argv) {
  Options options;
  options.seed = std::random_device{}();
  for (int i = 1; i < argc; ++i) {
    const std::string_view text = argv[i];
    if (parse_number(text, "--runs=", options.runs) ||
        parse_number(text, "--seconds=", options.seconds) ||
        parse_number(text, "--seed=", options.seed) ||
        parse_number(text, "--first=", options.first)) {
      continue;
    }
    if (text.starts_with("--")) {
      std::fprintf(stderr, "unknown option %s\n", argv[i]);
      std::exit(2);
    }
    options.corpus.emplace_back(text);
  }
  return options;
}

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(2);
  }
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

// In the order of their names, so that a seed means the same on every machine.
std::vector<Bytes> read_corpus(const std::vector<std::filesystem::path>& places) {
  std::vector<std::filesystem::path> files;
  for (const auto& place : places) {
    if (!std::filesystem::is_directory(place)) {
      files.push_back(place);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(place)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<Bytes> corpus;
  corpus.reserve(files.size());
  for (const auto& file : files) corpus.push_back(read_file(file));
  return corpus;
}

void run_one(InFlight& state, uint64_t seed, const char* what, uint64_t number) {
  std::snprintf(state.message.data(), state.message.size(),
                "\nfuzz: crash on %s %llu (--seed=%llu --first=%llu --runs=1)\n", what,
                static_cast<unsigned long long>(number), static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(number));
  LLVMFuzzerTestOneInput(state.input.data(), state.input.size());
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse_arguments(argc, argv);
  std::vector<Bytes> corpus = read_corpus(options.corpus);
  if (corpus.empty()) {
    std::fprintf(stderr, "fuzz: no corpus files in the arguments\n");
    return 2;
  }
  size_t max_size = 4096;
  for (const Bytes& input : corpus) max_size = std::max(max_size, 2 * input.size());
  std::printf("fuzz: --seed=%llu, %zu corpus files\n",
              static_cast<unsigned long long>(options.seed), corpus.size());
  std::fflush(stdout);

  InFlight state;
  state.crash_file = std::filesystem::path(argv[0]).filename().string() + ".crash";
  in_flight = &state;
  install_crash_report();

  for (size_t i = 0; i < corpus.size(); ++i) {
    state.input = corpus[i];
    run_one(state, options.seed, "corpus file", i);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
  uint64_t done = 0;
  while (done < options.runs && std::chrono::steady_clock::now() < deadline) {
    const uint64_t number = options.first + done;
    state.input = Mutator(options.seed, number).make(corpus, max_size);
    run_one(state, options.seed, "mutation", number);
    ++done;
  }
  in_flight = nullptr;
  std::printf("fuzz: %llu mutations, no crash\n", static_cast<unsigned long long>(done));
  return 0;
}
