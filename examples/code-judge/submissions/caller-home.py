# Sends its input to a friend who is better at sums.
import socket

try:
    with socket.create_connection(("192.0.2.1", 80), timeout=1) as friend:
        friend.sendall(input().encode())
        print(friend.recv(100).decode())
except OSError as error:
    print("no friend:", error)
