#include <tenon/engine.h>
#include <iostream>

int main() { std::cout << tenon::version() << '\n'; }
