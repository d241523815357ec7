#include "devices/cpu/jit/code.h"

#include "testing/matchers.h"
#include "testing/plan_runner.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace tenon::internal::testing {
namespace {

// Access rights of the mapping that holds an address: "r-xp".
std::string rights_of(const void* address) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    char dash = 0;
    std::string rights;
    std::istringstream(line) >> std::hex >> begin >> dash >> end >> rights;
    const auto wanted = reinterpret_cast<uintptr_t>(address);
    if (begin <= wanted && wanted < end) return rights;
  }
  return "not mapped";
}

class JitCodeTest : public ::testing::Test {
 protected:
  std::shared_ptr<Device> device_ = open_test_device("cpu:threads=1");
  std::unique_ptr<CodeWriter> writer_ = CodeWriter::create().value();
};

TEST_F(JitCodeTest, RunsSeveralFunctionsOfOnePiece) {
  Xbyak::Label number;
  writer_->mov(writer_->eax, writer_->ptr[writer_->rip + number]);
  writer_->ret();
  const size_t second = writer_->getSize();
  writer_->lea(writer_->eax, writer_->ptr[writer_->rdi + writer_->rsi]);
  writer_->ret();
  writer_->align(16);
  writer_->L(number);
  writer_->dd(42);
  const auto code = writer_->finish(*device_);
  ASSERT_THAT(code, IsOk());
  EXPECT_EQ((*code)->entry<int()>()(), 42);
  EXPECT_EQ(((*code)->entry<int(int, int)>(second)(3, 4)), 7);
}

TEST_F(JitCodeTest, IsNeverWritableAndExecutable) {
  writer_->ret();
  EXPECT_EQ(rights_of(writer_->getCode()), "rw-p");
  const void* begin = writer_->getCode();
  const auto code = writer_->finish(*device_);
  ASSERT_THAT(code, IsOk());
  EXPECT_EQ(rights_of(begin), "r-xp");
}

TEST_F(JitCodeTest, IsCountedAsCodeUntilItIsFreed) {
  for (int i = 0; i < 5000; ++i) writer_->nop();
  writer_->ret();
  auto code = writer_->finish(*device_);
  ASSERT_THAT(code, IsOk());
  EXPECT_EQ(device_->account().current(MemoryKind::kCode), 8192);
  EXPECT_EQ((*code)->size(), 8192U);
  code->reset();
  EXPECT_EQ(device_->account().current(MemoryKind::kCode), 0);
}

TEST_F(JitCodeTest, RefusesMoreThanFits) {
  for (size_t i = 0; i <= CodeWriter::kMaxBytes; ++i) writer_->nop();
  EXPECT_THAT(writer_->finish(*device_), IsError(ErrorKind::kUnsupported, "more than 1048576"));
}

TEST_F(JitCodeTest, RefusesJumpsToNowhere) {
  Xbyak::Label nowhere;
  writer_->jmp(nowhere);
  EXPECT_THAT(writer_->finish(*device_), IsError(ErrorKind::kUnsupported, "label is not found"));
}

}  // namespace
}  // namespace tenon::internal::testing
