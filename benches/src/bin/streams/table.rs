pub(crate) fn print([title, rest @ ..]: [String; 4]) {
    print!("| {title:<18} |");
    for cell in rest {
        print!(" {cell:>20} |");
    }
    println!();
}
