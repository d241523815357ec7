#include <tenon/tenon.h>
#include <iostream>

int main() { std::cout << tenon::version() << '\n'; }
