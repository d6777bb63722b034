import java.util.Scanner;

class Main {
    public static void main(String[] args) {
        long sum = 0;
        for (Scanner in = new Scanner(System.in); in.hasNextLong(); ) {
            sum += in.nextLong();
        }
        System.out.println(sum);
    }
}
